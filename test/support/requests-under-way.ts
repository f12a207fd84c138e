import diagnostics from 'node:diagnostics_channel';

/**
 * Counts the requests of this process that have not been answered. A test whose clock is held lets no time pass
 * meanwhile: a busy machine would seem to be a server that is away.
 */
export class RequestsUnderWay {
  #count = 0;
  readonly #began = (): void => void this.#count++;
  readonly #ended = (): void => void this.#count--;

  constructor() {
    diagnostics.subscribe('undici:request:create', this.#began);
    for (const end of ends) diagnostics.subscribe(end, this.#ended);
  }

  stop(): void {
    diagnostics.unsubscribe('undici:request:create', this.#began);
    for (const end of ends) diagnostics.unsubscribe(end, this.#ended);
  }

  /** Resolves when all have been answered. */
  async answered(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#count > 0);
  }
}

const ends = ['undici:request:trailers', 'undici:request:error'];
