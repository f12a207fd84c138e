import { Cancellation, type CancelSignal } from '../component/cancellation.js';

/**
 * The end of a delivery chain, seen by all its steps: first it begins (send what is left, soon), then it is over (give
 * up).
 */
export class Drain {
  readonly #over: Cancellation = new Cancellation();
  readonly #listeners: Set<() => void> = new Set();
  #begun = false;

  get begun(): boolean {
    return this.#begun;
  }

  /** Cancelled by `drain` when what is left has to be given up. */
  get over(): CancelSignal {
    return this.#over;
  }

  /** Begins once; the drain is over when `deadline` aborts. */
  begin(deadline: AbortSignal): void {
    if (this.#begun) return;
    this.#begun = true;
    const end = (): void => this.#over.abort('drain');
    if (deadline.aborted) end();
    else deadline.addEventListener('abort', end, { once: true });
    for (const run of [...this.#listeners]) run();
  }

  /** Runs `run` when the drain begins; the returned function cancels. */
  onBegin(run: () => void): () => void {
    this.#listeners.add(run);
    return () => this.#listeners.delete(run);
  }
}
