import http from 'node:http';
import {
  defineExporter,
  type Exporter,
  type ExporterDefinition,
  type SignalContext,
} from '../../../../../src/component/define.js';
import type { ComponentLedger } from '../../../../../src/component/ledger.js';
import { group, int } from '../../../../../src/component/schema/schema.js';
import type { Batch } from '../../../../../src/otlp/batch.js';

interface Config {
  readonly port: number;
}

/**
 * For tests: an endpoint that is scraped, and shows in one process what all workers received: `{"pid": 1, "items": 2}`.
 */
export const definition: ExporterDefinition<Config> = defineExporter<Config>({
  type: 'once_total',
  once: true,
  stability: { traces: 'Development', metrics: 'Development', logs: 'Development' },
  config: group<Config>({ port: int(0) }),
  telemetry: { metrics: [], reasons: {} },
  create: (config, context) => new Total(config, context),
});

class Total implements Exporter {
  readonly #port: number;
  readonly #books: ComponentLedger;
  readonly #server: http.Server;
  #items = 0;

  constructor({ port }: Config, context: SignalContext) {
    this.#port = port;
    this.#books = context.ledger.component(context.id, context.signal);
    this.#server = http.createServer((_request, response) => {
      response.setHeader('connection', 'close');
      response.end(JSON.stringify({ pid: process.pid, items: this.#items }));
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  consume(batch: Batch): Promise<void> {
    this.#items += batch.itemCount;
    this.#books.in(batch.itemCount);
    this.#books.out(batch.itemCount);
    return Promise.resolve();
  }

  shutdown(): void {
    this.#server.close();
  }
}
