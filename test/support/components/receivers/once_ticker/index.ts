import fs from 'node:fs';
import type { Consumer } from '../../../../../src/component/consumer.js';
import { emptyContext } from '../../../../../src/component/consumer.js';
import {
  defineReceiver,
  type Receiver,
  type ReceiverDefinition,
  type SignalContext,
} from '../../../../../src/component/define.js';
import type { ReceiverLedger } from '../../../../../src/component/ledger.js';
import { duration, group, text } from '../../../../../src/component/schema/schema.js';
import { validate } from '../../../../../src/otlp/wire/validate.js';

interface Config {
  readonly lock: string;
  readonly every: number;
}

/**
 * For tests: something of the host that only one process may read. It makes the file `lock` with its process ID, fails
 * to start when another process that lives has it, and emits a span at intervals.
 */
export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'once_ticker',
  once: true,
  stability: { traces: 'Development' },
  config: group<Config>({ lock: text(), every: duration('20ms') }),
  telemetry: { metrics: [], reasons: {} },
  create: (config, context, next) => new Ticker(config, context, next),
});

/** One span without any field. */
const span: Uint8Array = Uint8Array.from([0x0a, 4, 0x12, 2, 0x12, 0]);

class Ticker implements Receiver {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #next: Consumer;
  readonly #books: ReceiverLedger;
  #stopTimer: (() => void) | undefined;
  #stopped = false;

  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    this.#next = next;
    this.#books = context.ledger.receiver(context.id, context.signal);
  }

  start(): void {
    const { lock } = this.#config;
    if (fs.existsSync(lock) && fs.existsSync(`/proc/${fs.readFileSync(lock, 'utf8')}`))
      throw new Error(`${lock} is taken`);
    fs.writeFileSync(lock, String(process.pid));
    this.#schedule();
  }

  shutdown(): void {
    this.#stopTimer?.();
    if (this.#stopTimer && !this.#stopped) fs.rmSync(this.#config.lock);
    this.#stopped = true;
  }

  #schedule(): void {
    this.#stopTimer = this.#context.clock.after(this.#config.every, () => {
      void this.#tick().finally(() => {
        if (!this.#stopped) this.#schedule();
      });
    });
  }

  async #tick(): Promise<void> {
    try {
      await this.#next.consume(validate('traces', Uint8Array.from(span)), emptyContext);
      this.#books.accepted(1);
    } catch {
      this.#books.refused(1, 'pipeline_error');
    }
  }
}
