import type { RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Host } from '../component/lifecycle.js';
import { Succession } from '../component/succession.js';
import type { Attributes, LogFields, Logger } from '../component/telemetry.js';
import type { CheckedConfig } from '../config/checked.js';
import type { Batch } from '../otlp/batch.js';
import { buildGraph, type Graph } from '../pipeline/graph.js';
import { buildInfo } from '../runtime/build-info.js';
import { SharedByteBudget } from '../runtime/memory/budget.js';
import { Books } from '../telemetry/ledger.js';
import { silentLogger, silentMeter } from '../telemetry/silent.js';
import { joined, jsonOfBatch } from './canonical.js';
import { HeldClock } from './held-clock.js';
import { isolated, type Isolated } from './isolated.js';
import type { Json } from './otlp-value.js';
import { RecordingMeter } from './recording-meter.js';
import { seededRandom } from './seeded-random.js';

/** Bytes for the queues of a test. */
const budgetBytes = 1 << 28;

/** A warning or error that a component has logged. */
export interface LoggedLine {
  readonly message: string;
  readonly fields: LogFields;
}

interface Parts {
  readonly books: Books;
  readonly meter: RecordingMeter;
  readonly clock: HeldClock;
  readonly pipelines: Isolated;
  readonly graph: Graph;
  readonly taken: Map<string, Json[]>;
  readonly logged: readonly LoggedLine[];
}

/** A pipeline that runs in the hands of a test: it begins and ends in memory, and its time is held. */
export class PipelineUnderTest {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Creates and starts one pipeline of a configuration. `unixMs`: the wall clock, milliseconds since the epoch. Rejects
   * when a component cannot be created or started.
   */
  static async start(config: CheckedConfig, pipeline: string, unixMs: number): Promise<PipelineUnderTest> {
    const taken = new Map<string, Json[]>();
    const pipelines = isolated(config, pipeline, (id, batch) => {
      taken.set(id, [...(taken.get(id) ?? []), jsonOfBatch(batch)]);
    });
    const clock = new HeldClock(unixMs);
    const books = new Books(silentMeter);
    const meter = new RecordingMeter();
    const logged: LoggedLine[] = [];
    const graph = await buildGraph(pipelines.config, {
      logger: loggerInto(logged),
      meter,
      tracer: undefined,
      ledger: books,
      clock,
      random: seededRandom(),
      budget: new SharedByteBudget(budgetBytes),
      succession: new Succession(),
      buildInfo,
      worker: undefined,
    });
    for (const { component } of graph.nodes) await component.start?.(host);
    return new PipelineUnderTest({ books, meter, clock, pipelines, graph, taken, logged });
  }

  /** Hands a batch to the pipeline, and lets `ms` pass. Returns the error with which it was refused, if it was. */
  async send(batch: Batch | undefined, context: RequestContext, ms: number): Promise<DeliveryError | undefined> {
    let refusal: DeliveryError | undefined;
    if (batch)
      this.#parts.pipelines
        .entry()
        .consume(batch, context)
        .catch((error: unknown) => (refusal = DeliveryError.from(error)));
    await this.#parts.clock.pass(0);
    await this.#parts.clock.pass(ms);
    return refusal;
  }

  /** The items that left the processors of each pipeline since the last call, as one request each. */
  take(): ReadonlyMap<string, Json> {
    const { taken } = this.#parts;
    const all = new Map([...taken].map(([id, parts]) => [id, joined(parts)]));
    taken.clear();
    return all;
  }

  /** Warnings and errors that its components have logged so far. */
  get logged(): readonly LoggedLine[] {
    return this.#parts.logged;
  }

  /** The pipeline and those that its connectors lead to. */
  get pipelines(): readonly string[] {
    return this.#parts.pipelines.config.service.pipelines.map(({ id }) => id);
  }

  /** Items that were dropped so far, by reason. */
  dropped(): ReadonlyMap<string, number> {
    const all = new Map<string, number>();
    for (const row of this.#parts.books.rows())
      if (row.kind === 'component')
        for (const [reason, items] of Object.entries(row.dropped)) all.set(reason, (all.get(reason) ?? 0) + items);
    return all;
  }

  /** The sum of a metric of its components over all series with these attributes. */
  metric(name: string, attributes: Attributes): number {
    return this.#parts.meter.sum(name, attributes);
  }

  get metricNames(): readonly string[] {
    return this.#parts.meter.names;
  }

  async end(): Promise<void> {
    const now = AbortSignal.abort();
    for (const { component } of this.#parts.graph.nodes.toReversed()) await component.shutdown?.(now);
  }
}

/** No extension runs beside a pipeline under test. */
const host: Host = {
  capability: (_capability, id) => {
    throw new Error(`the extension ${JSON.stringify(id)} does not run in a test`);
  },
  report: () => {},
  addPage: () => () => {},
  inspect: () => {
    throw new Error('there is no service in a test');
  },
};

function loggerInto(lines: LoggedLine[]): Logger {
  const add = (message: string, fields: LogFields = {}): void => void lines.push({ message, fields });
  const logger: Logger = {
    ...silentLogger,
    warn: add,
    error: add,
    child: () => logger,
    withoutCaller: () => logger,
    whole: () => logger,
  };
  return logger;
}
