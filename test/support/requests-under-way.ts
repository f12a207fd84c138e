import diagnostics from 'node:diagnostics_channel';

/**
 * Knows the requests of this process that have not been answered. A test whose clock is held lets no time pass
 * meanwhile: a busy machine would seem to be a server that is away.
 */
export class RequestsUnderWay {
  /** Not a count: requests that were begun before it also end. */
  readonly #requests: Set<unknown> = new Set();
  readonly #began = (message: unknown): void => void this.#requests.add(requestOf(message));
  readonly #ended = (message: unknown): void => void this.#requests.delete(requestOf(message));

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
    while (this.#requests.size > 0);
  }
}

const ends = ['undici:request:trailers', 'undici:request:error'];
const requestOf = (message: unknown): unknown => (message as { readonly request: unknown }).request;
