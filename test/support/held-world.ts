import type { Consumer } from '../../src/component/consumer.js';
import type { ConnectorContext, PipelineContext } from '../../src/component/define.js';
import type { ComponentLedger, Ledger } from '../../src/component/ledger.js';
import { Succession } from '../../src/component/succession.js';
import { SharedObjects } from '../../src/component/shared.js';
import type { Attributes, LogFields, Logger, Meter, MetricSpec } from '../../src/component/telemetry.js';
import { SharedByteBudget } from '../../src/runtime/memory/budget.js';
import type { Batch } from '../../src/otlp/batch.js';
import type { Signal } from '../../src/otlp/signal.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { PipelineRouter } from '../../src/pipeline/router.js';
import { HeldClock } from '../../src/testing/held-clock.js';
import { eachSpan, encodeSpans } from './otlp.js';

export { HeldClock };

/** The books of a component under test, added up over its series. */
export class TestBooks implements ComponentLedger {
  inItems = 0;
  outItems = 0;
  readonly droppedItems: Record<string, number> = {};
  readonly returnedItems: Record<string, number> = {};
  readonly heldItems: Record<string, number> = {};

  in(items: number): void {
    this.inItems += items;
  }
  created(items: number): void {
    this.inItems += items;
  }
  out(items: number): void {
    this.outItems += items;
  }
  dropped(items: number, reason: string): void {
    this.droppedItems[reason] = (this.droppedItems[reason] ?? 0) + items;
  }
  returned(items: number, reason: string): void {
    this.returnedItems[reason] = (this.returnedItems[reason] ?? 0) + items;
  }
  held(delta: number, where: string): void {
    this.heldItems[where] = (this.heldItems[where] ?? 0) + delta;
  }

  get balance(): number {
    return this.inItems - this.outItems - total(this.droppedItems) - total(this.returnedItems) - total(this.heldItems);
  }
}

export const total = (amounts: Readonly<Record<string, number>>): number =>
  Object.values(amounts).reduce((sum, items) => sum + items, 0);

/** Everything a component is created with, held in the hands of a test. */
export interface HeldWorld {
  readonly clock: HeldClock;
  readonly books: TestBooks;
  readonly budget: SharedByteBudget;
  readonly context: PipelineContext;
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields | undefined }[];
  /** Values by metric name, attributes left out; histograms add up. */
  readonly metrics: Record<string, number>;
}

export function heldWorld(
  options: {
    readonly signal?: Signal;
    readonly budget?: number;
    readonly random?: () => number;
    readonly id?: string;
    readonly succession?: Succession;
    readonly gates?: ReadonlySet<string>;
  } = {},
): HeldWorld {
  const clock = new HeldClock();
  const books = new TestBooks();
  const budget = new SharedByteBudget(options.budget ?? 1 << 30);
  const lines: HeldWorld['lines'] = [];
  const log = (level: string) => (message: string, fields?: LogFields) => void lines.push({ level, message, fields });
  const logger: Logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: () => logger,
    withoutCaller: () => logger,
    whole: () => logger,
    room: () => undefined,
  };
  const metrics: Record<string, number> = {};
  const adder = (spec: MetricSpec, _attributes: Attributes) => (value: number) =>
    void (metrics[spec.name] = (metrics[spec.name] ?? 0) + value);
  const meter: Meter = {
    level: 'normal',
    counter: (spec, attributes) => ({ add: adder(spec, attributes) }),
    histogram: (spec, attributes) => ({ record: adder(spec, attributes) }),
    observe: (spec, _attributes, read) => {
      Object.defineProperty(metrics, spec.name, { get: read, configurable: true, enumerable: true });
      return () => void delete metrics[spec.name];
    },
  };
  const ledger: Ledger = {
    receiver: () => ({ accepted() {}, refused() {} }),
    component: () => books,
    retire: () => {},
  };
  const context: PipelineContext = {
    kind: 'processor',
    id: options.id ?? 'test',
    signal: options.signal ?? 'traces',
    pipeline: options.signal ?? 'traces',
    logger,
    meter,
    ledger,
    clock,
    random: options.random ?? (() => 0.5),
    budget,
    succession: options.succession ?? new Succession(),
    buildInfo: { command: 'kanmon', description: '', version: '0' },
    gates: options.gates ?? new Set(),
    shared: new SharedObjects().of('processor', 'test'),
  };
  return { clock, books, budget, context, lines, metrics };
}

/** The parts that a connector is created with in a held world; `outputs` are the pipelines behind it, by ID. */
export function connectorParts(
  { context, clock }: HeldWorld,
  [from, to]: readonly [from: Signal, to: Signal],
  outputs: Readonly<Record<string, Consumer>>,
): { readonly context: ConnectorContext; readonly next: Consumer } {
  const router = new PipelineRouter(new Map(Object.entries(outputs)), clock);
  return { context: { ...context, kind: 'connector', from, to, router }, next: router.consumer(router.pipelineIds) };
}

/** A batch of spans whose IDs are `names`. */
export function spans(...names: readonly string[]): Batch {
  return named(names);
}

/** Spans `first` to `first + 139,999`, by number: so many that they are cut in several turns of the event loop. */
export function manySpans(first = 0): Batch {
  return named(Array.from({ length: 140_000 }, (_, i) => String(first + i)));
}

function named(names: readonly string[]): Batch {
  const hex = (name: string): string => Buffer.from(name).toString('hex').padStart(16, '0').slice(-16);
  return validate(
    'traces',
    new Uint8Array(encodeSpans(names.map((name) => ({ traceId: `${hex(name)}${hex(name)}`, spanId: hex(name) })))),
  );
}

/** The names of the spans of a batch, in order. */
export function namesOf(batch: Batch): string[] {
  const names: string[] = [];
  eachSpan(batch.bytes, (_trace, span) => names.push(Buffer.from(span, 'hex').toString().replace(/^\0+/, '')));
  return names;
}
