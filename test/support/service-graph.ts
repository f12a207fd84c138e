import { emptyContext, type Consumer } from '../../src/component/consumer.js';
import type { Connector } from '../../src/component/define.js';
import { definition } from '../../src/connectors/service_graph/index.js';
import type { Batch } from '../../src/otlp/batch.js';
import { SpanBuilder, type SpanKind } from '../../src/otlp/build/spans.js';
import { jsonText } from '../../src/otlp/json/encode.js';
import { connectorParts, heldWorld, TestBooks, type HeldWorld } from './held-world.js';

/** One span, with the resource that it is of. */
export interface GraphSpan {
  /** Undefined: the resource has no `service.name`. */
  readonly service?: string | undefined;
  readonly kind: SpanKind;
  /** Numbers that become IDs. A span ID of 0 is empty. */
  readonly trace: number;
  readonly id: number;
  readonly parent?: number;
  /** Milliseconds. */
  readonly lasts?: number;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly resource?: Readonly<Record<string, string | number | boolean>>;
}

const hex = (number: number, bytes: number): string => number.toString(16).padStart(bytes * 2, '0');

/** A batch of spans, each with a resource of its own. */
export function graphSpans(spans: readonly GraphSpan[]): Batch {
  const builder = new SpanBuilder();
  for (const { service, kind, trace, id, parent = 0, lasts = 10, failed, attributes = {}, resource = {} } of spans) {
    builder.resource();
    if (service !== undefined) builder.attribute('service.name', service);
    for (const [name, value] of Object.entries(resource)) builder.attribute(name, value);
    builder.scope('test').span('work', kind);
    builder.ids(hex(trace, 16), id === 0 ? '' : hex(id, 8), parent === 0 ? '' : hex(parent, 8));
    builder.times(1_700_000_000_000, 1_700_000_000_000 + lasts);
    for (const [name, value] of Object.entries(attributes)) builder.attribute(name, value);
    if (failed === true) builder.status('error');
  }
  return builder.finish();
}

/** One point, as it was sent. Times in milliseconds since the epoch. */
export interface Point {
  readonly labels: Readonly<Record<string, string | boolean>>;
  readonly start: number;
  readonly time: number;
  /** The value of a sum, or how many values a histogram has. */
  readonly count: number;
  readonly sum?: number;
  readonly buckets?: readonly number[];
  readonly bounds?: readonly number[];
}

interface JsonPoint {
  readonly attributes?: readonly { key: string; value: { stringValue?: string; boolValue?: boolean } }[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly number[];
  readonly positive?: { readonly bucketCounts?: readonly string[] };
}

interface JsonData {
  readonly dataPoints: readonly JsonPoint[];
}

export interface JsonMetric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: JsonData & { readonly isMonotonic: boolean; readonly aggregationTemporality: number };
  readonly histogram?: JsonData & { readonly aggregationTemporality: number };
  readonly exponentialHistogram?: JsonData & { readonly aggregationTemporality: number };
}

interface JsonBody {
  readonly resourceMetrics: readonly {
    readonly resource?: { readonly attributes?: readonly unknown[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string };
      readonly metrics: readonly JsonMetric[];
    }[];
  }[];
}

/** The next component, which notes the metrics that it is sent. */
export class MetricSink implements Consumer {
  /** By request. */
  readonly bodies: JsonBody[] = [];
  /** Thrown while it is set. */
  failure: Error | undefined;

  consume(batch: Batch): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    this.bodies.push(JSON.parse(jsonText('metrics', batch.bytes)) as JsonBody);
    return Promise.resolve();
  }

  /** The metrics of all requests since the last call, by name. */
  take(): JsonMetric[] {
    return this.bodies
      .splice(0)
      .flatMap(({ resourceMetrics }) => resourceMetrics)
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics);
  }
}

/** The points of the metrics with a name. */
export function pointsOf(metrics: readonly JsonMetric[], name: string): Point[] {
  return metrics
    .filter((metric) => metric.name === name)
    .flatMap(({ sum, histogram, exponentialHistogram }) => (sum ?? histogram ?? exponentialHistogram)?.dataPoints ?? [])
    .map((point) => ({
      labels: Object.fromEntries(
        (point.attributes ?? []).map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? '']),
      ),
      start: Number(BigInt(point.startTimeUnixNano) / 1_000_000n),
      time: Number(BigInt(point.timeUnixNano) / 1_000_000n),
      count: Number(point.asInt ?? point.count),
      ...(point.sum === undefined ? {} : { sum: point.sum }),
      ...((point.bucketCounts ?? point.positive) === undefined
        ? {}
        : { buckets: (point.bucketCounts ?? point.positive?.bucketCounts ?? []).map(Number) }),
      ...(point.explicitBounds === undefined ? {} : { bounds: point.explicitBounds }),
    }));
}

export const requestTotal = 'traces_service_graph_request_total';
export const failedTotal = 'traces_service_graph_request_failed_total';
export const clientLatency = 'traces_service_graph_request_client';
export const serverLatency = 'traces_service_graph_request_server';

/** A service graph in a held world. */
export interface GraphWorld extends HeldWorld {
  readonly connector: Connector;
  readonly next: MetricSink;
  /** The books of the metrics; `books` are those of the spans. */
  readonly points: TestBooks;
  send(...spans: GraphSpan[]): Promise<void>;
  /** Lets the flush interval pass, and returns what was sent. */
  flushed(): Promise<JsonMetric[]>;
}

export async function graphWorld(
  options: Readonly<Record<string, unknown>> = {},
  gates: ReadonlySet<string> = new Set(['connector.servicegraph.virtualNode']),
): Promise<GraphWorld> {
  const world = heldWorld({ id: 'service_graph', gates });
  const next = new MetricSink();
  const points = new TestBooks();
  const parts = connectorParts(world, ['traces', 'metrics'], { metrics: next });
  const ledger = {
    ...parts.context.ledger,
    component: (_id: string, signal: string) => (signal === 'metrics' ? points : world.books),
  };
  const config = definition.config.parse(options);
  const connector = await definition.create(config, { ...parts.context, ledger }, parts.next);
  await connector.start?.(undefined as never);
  return {
    ...world,
    ...{ connector, next, points },
    send: (...spans) => connector.consume(graphSpans(spans), emptyContext),
    async flushed() {
      next.take();
      await world.clock.pass(config.metrics_flush_interval);
      return next.take();
    },
  };
}
