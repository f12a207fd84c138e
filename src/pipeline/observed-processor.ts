import type { Consumer, RequestContext } from '../component/consumer.js';
import type { Processor } from '../component/define.js';
import type { Clock } from '../component/clock.js';
import type { Host } from '../component/lifecycle.js';
import type { Attributes, Counter, Histogram, Meter, MetricSpec } from '../component/telemetry.js';
import { passing } from '../component/reservation.js';
import type { Batch } from '../otlp/batch.js';

const items = (which: string, what: string): MetricSpec => ({
  name: `otelcol_processor_${which}_items`,
  description: `Number of items ${what} the processor. [Alpha]`,
  unit: '{item}',
  kind: 'counter',
  level: 'basic',
});

/** The metrics of every processor. */
export const processorMetrics: Readonly<Record<'incoming' | 'outgoing' | 'duration', MetricSpec>> = {
  incoming: items('incoming', 'passed to'),
  outgoing: items('outgoing', 'emitted from'),
  duration: {
    name: 'otelcol_processor_internal_duration',
    description: 'Duration of time taken to process a batch of telemetry data through the processor. [Alpha]',
    unit: 's',
    kind: 'histogram',
    level: 'detailed',
    double: true,
  },
};

/** Measures one processor: items in, items out, and the time it worked before it passed them on. */
export class ProcessorMetrics {
  readonly #incoming: Counter;
  readonly #outgoing: Counter;
  readonly #duration: Histogram;
  readonly #clock: Clock;
  #began: number | undefined;

  constructor(meter: Meter, attributes: Attributes, clock: Clock) {
    this.#incoming = meter.counter(processorMetrics.incoming, attributes);
    this.#outgoing = meter.counter(processorMetrics.outgoing, attributes);
    this.#duration = meter.histogram(processorMetrics.duration, attributes);
    this.#clock = clock;
  }

  /** Stands after the processor. */
  after(next: Consumer): Consumer {
    const handOn = (batch: Batch, context: RequestContext, to: Pick<Consumer, 'consume'>): Promise<void> => {
      this.#outgoing.add(batch.itemCount);
      this.#handedOn();
      return to.consume(batch, context);
    };
    return {
      consume: (batch, context) => handOn(batch, context, next),
      reserve: (batch, context) =>
        passing(next.reserve?.(batch, context), handOn, () => this.#outgoing.add(batch.itemCount)),
    };
  }

  /** Stands before it. */
  before(processor: Processor): Processor {
    const enter = (batch: Batch): void => {
      this.#incoming.add(batch.itemCount);
      this.#outgoing.add(0);
    };
    const handOn = (batch: Batch, context: RequestContext, to: Pick<Consumer, 'consume'>): Promise<void> => {
      enter(batch);
      this.#began = this.#clock.now();
      const done = to.consume(batch, context);
      this.#handedOn();
      return done;
    };
    return {
      consume: (batch: Batch, context: RequestContext) => handOn(batch, context, processor),
      reserve: (batch: Batch, context: RequestContext) =>
        passing(processor.reserve?.(batch, context), handOn, () => enter(batch)),
      start: (host: Host) => processor.start?.(host),
      shutdown: (deadline: AbortSignal) => processor.shutdown?.(deadline),
    };
  }

  #handedOn(): void {
    if (this.#began === undefined) return;
    this.#duration.record((this.#clock.now() - this.#began) / 1000);
    this.#began = undefined;
  }
}
