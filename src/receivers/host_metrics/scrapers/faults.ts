/** The faults of a scrape's readings. */
export class ScrapeFaults {
  /** Number of metrics that are missing. */
  count = 0;
  readonly #messages: string[] = [];
  readonly #kinds: string[] = [];

  /**
   * `metrics`: how many are missing because of it. `kind`: what stays the same as long as the reason is the same, where
   * the message has numbers that change.
   */
  add(error: unknown, metrics = 0, what = '', kind?: string): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#messages.push(what === '' ? message : `${what}: ${message}`);
    this.#kinds.push(kind ?? `${what}: ${message}`);
    this.count += metrics;
  }

  get any(): boolean {
    return this.#messages.length > 0;
  }

  get error(): Error {
    return new Error(this.#messages.join('; '));
  }

  get kind(): string {
    return this.#kinds.toSorted().join('; ');
  }

  clear(): void {
    this.count = 0;
    this.#messages.length = 0;
    this.#kinds.length = 0;
  }
}
