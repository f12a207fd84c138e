import { setMaxListeners } from 'node:events';

/** The end of a delivery chain, seen by all its steps: first `begin` (send what is left, soon), then `over` (give up). */
export class Drain {
  begun = false;
  readonly #controller: AbortController = new AbortController();
  #sleepers: Set<() => void> = new Set();

  constructor() {
    // One listener per request under way is no leak.
    setMaxListeners(0, this.#controller.signal);
  }

  /** Aborts when what is left has to be given up. */
  get over(): AbortSignal {
    return this.#controller.signal;
  }

  begin(deadline: AbortSignal): void {
    if (this.begun) return;
    this.begun = true;
    const end = (): void => {
      this.#controller.abort(new Error('context canceled'));
      this.#wake();
    };
    if (deadline.aborted) end();
    else {
      deadline.addEventListener('abort', end, { once: true });
      this.#wake();
    }
  }

  /** Calls back at `begin` and when it is over; the returned function cancels. */
  onChange(run: () => void): () => void {
    this.#sleepers.add(run);
    return () => this.#sleepers.delete(run);
  }

  #wake(): void {
    for (const run of [...this.#sleepers]) run();
  }
}
