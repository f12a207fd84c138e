/** The requests of a server that have begun and not ended. */
export class InProgress {
  #count = 0;
  #waiting: (() => void)[] = [];

  began(): void {
    this.#count++;
  }

  ended(): void {
    if (--this.#count > 0) return;
    for (const end of this.#waiting) end();
    this.#waiting = [];
  }

  /** Resolves when there is none. */
  none(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
