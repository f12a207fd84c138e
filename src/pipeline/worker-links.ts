import type { Consumer } from '../component/consumer.js';
import type { PartitionKey } from '../component/define.js';
import type { Ledger } from '../component/ledger.js';
import type { Lifecycle } from '../component/lifecycle.js';
import type { Logger, Meter } from '../component/telemetry.js';
import type { Tracer } from '../component/tracer.js';
import type { Signal } from '../otlp/signal.js';

/** Where batches of other workers enter the graph of this one. */
export interface WorkerEntry {
  /** The same in all workers, and unlike any other of the graph: `receiver traces otlp/2`. */
  readonly name: string;
  readonly signal: Signal;
  readonly tracer: Tracer | undefined;
}

export interface OffloadEntry extends WorkerEntry {
  /** The pipelines behind a receiver. */
  readonly next: Consumer;
}

export interface ExchangeEntry extends WorkerEntry {
  /** The component that stands behind the exchange. */
  readonly id: string;
  /** The key of items that stay together; `once`: all items. */
  readonly together: PartitionKey | 'once';
  /** The component as it runs in this worker, which the exchange starts and stops; undefined where it does not run. */
  readonly component: (Consumer & Lifecycle) | undefined;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** How the graph of one of several workers reaches those of the others. A process alone has none. */
export interface WorkerLinks {
  /** 1 to the number of workers; what runs `once` runs in worker 1. */
  readonly number: number;
  /** Stands between a receiver and its pipelines: a worker that receives too much hands some of it to the others. */
  offload(entry: OffloadEntry): Consumer;
  /** Stands before a component whose items stay together: hands each part of a batch to the worker that owns it. */
  exchange(entry: ExchangeEntry): Consumer & Lifecycle;
  /** Everything but the receivers is started. Resolves when that holds for all workers of the set. */
  joined(): Promise<void>;
  /** Everything that runs `once` has stopped here. */
  onceStopped(): void;
}
