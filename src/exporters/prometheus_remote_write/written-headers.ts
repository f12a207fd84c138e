import type { Logger } from '../../component/telemetry.js';
import type { HttpReply } from '../../net/http/client.js';

const kinds = ['Samples', 'Histograms', 'Exemplars'] as const;

/** Warns once for each kind that a backend does not speak version 2: it may take the request and drop what is in it. */
export class WrittenHeaders {
  readonly #logger: Logger;
  readonly #warned: Set<string> = new Set();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  check(reply: HttpReply): void {
    for (const kind of kinds) {
      const name = `X-Prometheus-Remote-Write-${kind}-Written`;
      if (this.#warned.has(name) || reply.header(name.toLowerCase()) !== undefined) continue;
      this.#warned.add(name);
      this.#logger.warn(
        `${name} header is missing from the response, suggesting that the endpoint doesn't support RW2 and might be ` +
          'silently dropping data.',
      );
    }
  }
}
