import fs from 'node:fs';
import path from 'node:path';
import type { Consumer, RequestContext } from '../../../../../src/component/consumer.js';
import {
  defineProcessor,
  type PipelineContext,
  type Processor,
  type ProcessorDefinition,
} from '../../../../../src/component/define.js';
import type { ComponentLedger } from '../../../../../src/component/ledger.js';
import { duration, group, text } from '../../../../../src/component/schema/schema.js';
import type { Batch } from '../../../../../src/otlp/batch.js';

interface Config {
  readonly folder: string;
  readonly hold: number;
}

/**
 * For tests: keeps traces together as a sampler does. It appends the bytes of every batch that it receives to
 * `<folder>/<pid>.in`, each behind its length (4 bytes, big-endian), holds it for `hold`, hands it on, and appends it
 * to `<folder>/<pid>.out`. Without a folder it only hands on.
 */
export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'by_trace',
  partitionBy: 'trace',
  stability: { traces: 'Development', logs: 'Development' },
  config: group<Config>({ folder: text(), hold: duration('0s') }),
  telemetry: { metrics: [], reasons: {} },
  create: (config, context, next) =>
    config.folder === ''
      ? { consume: (batch, request) => next.consume(batch, request) }
      : new Holder(config, context, next),
});

class Holder implements Processor {
  readonly #config: Config;
  readonly #context: PipelineContext;
  readonly #next: Consumer;
  readonly #books: ComponentLedger;
  readonly #held: Set<Promise<void>> = new Set();
  #hurry: () => void = () => {};
  readonly #hurried: Promise<void> = new Promise((resolve) => (this.#hurry = resolve));

  constructor(config: Config, context: PipelineContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    this.#next = next;
    this.#books = context.ledger.component(context.id, context.signal);
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    this.#books.in(batch.itemCount);
    this.#append('in', batch);
    this.#books.held(batch.itemCount, 'trace');
    const done = this.#handOn(batch.own(), context).finally(() => this.#held.delete(done));
    this.#held.add(done);
    return Promise.resolve();
  }

  async shutdown(): Promise<void> {
    this.#hurry();
    await Promise.all(this.#held);
  }

  async #handOn(batch: Batch, { metadata }: RequestContext): Promise<void> {
    const held = new Promise<void>((resolve) => this.#context.clock.after(this.#config.hold, resolve));
    await Promise.race([held, this.#hurried]);
    await this.#next.consume(batch, { metadata });
    this.#append('out', batch);
    this.#books.held(-batch.itemCount, 'trace');
    this.#books.out(batch.itemCount);
    batch.release();
  }

  #append(kind: 'in' | 'out', { bytes }: Batch): void {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    fs.appendFileSync(path.join(this.#config.folder, `${process.pid}.${kind}`), Buffer.concat([length, bytes]));
  }
}
