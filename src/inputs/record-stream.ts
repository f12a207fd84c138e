import type { Consumer } from '../component/consumer.js';
import type { SignalContext } from '../component/define.js';
import { compileOperators } from '../entries/compile.js';
import type { OperatorChain } from '../entries/chain.js';
import type { OperatorList } from '../entries/config.js';
import type { LogEntry } from '../entries/entry.js';
import { RecordLabels } from './labels.js';
import { RecordSink, type RecordSinkParts } from './record-sink.js';
import type { RecordConfig } from './record-options.js';

export interface RecordStreamParts extends Omit<RecordSinkParts, 'chain' | 'retry'> {
  /** Operators before those of the configuration. */
  readonly first?: OperatorList;
}

/** The way of the records of a receiver, with the options that all of these have. */
export class RecordStream {
  readonly #context: SignalContext;
  readonly #chain: OperatorChain;
  readonly #labels: RecordLabels;
  readonly #sink: RecordSink;

  constructor(config: RecordConfig, context: SignalContext, next: Consumer, parts: RecordStreamParts) {
    this.#context = context;
    this.#chain = compileOperators([...(parts.first ?? []), ...config.operators], context);
    this.#labels = new RecordLabels(config.attributes, config.resource, context);
    this.#sink = new RecordSink(context, next, { ...parts, chain: this.#chain, retry: config.retry_on_failure });
  }

  get hasRoom(): boolean {
    return this.#sink.hasRoom;
  }

  /** No record waits or is under way, beside those that operators hold. */
  get isIdle(): boolean {
    return this.#sink.isIdle;
  }

  /** Calls `run` once when there is room again; the returned function cancels. */
  onceRoom(run: () => void): () => void {
    return this.#sink.onceRoom(run);
  }

  /** The lowest position of the entries of a source that operators hold; undefined: none. */
  oldestHeld(source: object): number | undefined {
    return this.#chain.oldestHeld(source);
  }

  /** Takes an entry that has its body. It is lent: its memory serves for the next one. */
  take(entry: LogEntry): void {
    entry.observedMs = this.#context.clock.unixMs();
    if (this.#labels.add(entry)) this.#sink.take(entry);
  }

  /** See `RecordSink.stop`. */
  stop(deadline: AbortSignal): Promise<void> {
    return this.#sink.stop(deadline);
  }
}
