import type { Consumer } from '../../src/component/consumer.js';
import { DeliveryError } from '../../src/component/delivery-error.js';
import type { Connector } from '../../src/component/define.js';
import type { Batch } from '../../src/otlp/batch.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { definition } from '../../src/connectors/span_metrics/index.js';
import type { Config } from '../../src/connectors/span_metrics/config.js';
import { connectorParts, heldWorld, TestBooks, type HeldWorld } from './held-world.js';
import { referenceDecode, type Tree } from './reference-decode.js';

/** One span of a test. Durations in milliseconds. */
export interface TestSpan {
  readonly name?: string;
  readonly kind?: number;
  readonly code?: number;
  readonly ms?: number;
  readonly state?: string;
  readonly id?: number;
  readonly scope?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly Readonly<Record<string, unknown>>[];
}

/** Attributes of JSON: a text, a whole number, a boolean, or an AnyValue as it is. */
export function attributesOf(values: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'number'
          ? { intValue: String(value) }
          : typeof value === 'boolean'
            ? { boolValue: value }
            : value,
  }));
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

/** A batch of the spans of some resources. */
export function spansOf(
  ...resources: readonly (readonly [resource: Readonly<Record<string, unknown>>, ...spans: readonly TestSpan[]])[]
): Batch {
  const resourceSpans = resources.map(([resource, ...spans]) => ({
    resource: { attributes: attributesOf(resource) },
    scopeSpans: spans.map((span) => ({
      scope: { name: span.scope ?? '' },
      spans: [
        {
          traceId: hex(span.id ?? 1, 32),
          spanId: hex(span.id ?? 1, 16),
          name: span.name ?? 'op',
          kind: span.kind ?? 1,
          status: { code: span.code ?? 0 },
          traceState: span.state ?? '',
          startTimeUnixNano: '1700000000000000000',
          endTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(Math.round((span.ms ?? 10) * 1e6))),
          attributes: attributesOf(span.attributes ?? {}),
          events: (span.events ?? []).map((event) => ({ name: 'e', attributes: attributesOf(event) })),
        },
      ],
    })),
  }));
  return validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify({ resourceSpans }))));
}

/** A data point as a test sees it: `resource` and `attributes` are sorted `name=value` texts. */
export interface Point {
  readonly resource: string;
  readonly metric: string;
  readonly attributes: string;
  /** The int of a sum, or the count of a histogram. */
  readonly value: number;
  readonly startMs: number;
  readonly timeMs: number;
  readonly temporality: number;
  readonly tree: Tree;
}

const list = (tree: Tree, name: string): Tree[] => (tree[name] ?? []) as Tree[];
const ms = (time: unknown): number => Number((time as bigint) / 1_000_000n);

function shown(attributes: readonly Tree[]): string {
  return attributes
    .map(({ key, value: tree }) => {
      const [text = ''] = Object.values((tree ?? {}) as Tree);
      const value = (_: string, inner: unknown): unknown => (typeof inner === 'bigint' ? String(inner) : inner);
      return `${key as string}=${typeof text === 'object' ? JSON.stringify(text, value) : String(text)}`;
    })
    .sort()
    .join(' ');
}

/** All points of a batch. */
export function pointsOf(batch: Batch): Point[] {
  return list(referenceDecode('metrics', batch.bytes), 'resource_metrics').flatMap((resource) =>
    list(resource, 'scope_metrics').flatMap((scope) =>
      list(scope, 'metrics').flatMap((metric) => {
        const data = (metric['sum'] ?? metric['histogram'] ?? metric['exponential_histogram']) as Tree;
        return list(data, 'data_points').map((tree): Point => ({
          resource: shown(list((resource['resource'] ?? {}) as Tree, 'attributes')),
          metric: metric['name'] as string,
          attributes: shown(list(tree, 'attributes')),
          value: Number(tree['as_int'] ?? tree['count'] ?? 0n),
          startMs: ms(tree['start_time_unix_nano']),
          timeMs: ms(tree['time_unix_nano']),
          temporality: Number(data['aggregation_temporality']),
          tree,
        }));
      }),
    ),
  );
}

/** A connector on a held clock, and the flushes that left it. */
export interface SpanMetricsWorld extends HeldWorld {
  readonly connector: Connector;
  readonly spanBooks: TestBooks;
  readonly pointBooks: TestBooks;
  /** Points of each batch that was taken. */
  readonly flushes: Point[][];
  /** Sizes of these batches, bytes. */
  readonly sizes: number[];
  /** The next component's answer to a batch. */
  answer: 'take' | 'retry' | 'refuse';
  /** Batches that were offered, taken or not. */
  offered: number;
}

export async function spanMetrics(
  options: unknown,
  given: Parameters<typeof heldWorld>[0] = {},
): Promise<SpanMetricsWorld> {
  const world = heldWorld({ id: 'span_metrics', ...given });
  const spanBooks = new TestBooks();
  const pointBooks = new TestBooks();
  const seen = {
    flushes: [] as Point[][],
    sizes: [] as number[],
    answer: 'take' as SpanMetricsWorld['answer'],
    offered: 0,
  };
  const next: Consumer = {
    consume(batch) {
      seen.offered++;
      if (seen.answer === 'take') {
        seen.flushes.push(pointsOf(batch));
        seen.sizes.push(batch.bytes.length);
        return Promise.resolve();
      }
      const reason = 'test_refused';
      return Promise.reject(
        new DeliveryError('no', { class: seen.answer === 'retry' ? 'retryable' : 'permanent', reason }),
      );
    },
  };
  const ledger = {
    ...world.context.ledger,
    component: (_id: string, signal: string) => (signal === 'traces' ? spanBooks : pointBooks),
  };
  const config: Config = definition.config.parse(options);
  const held = { ...world, context: { ...world.context, ledger } };
  const parts = connectorParts(held, ['traces', 'metrics'], { metrics: next });
  const connector = await definition.create(config, parts.context, parts.next);
  await connector.start?.({} as never);
  return Object.assign(seen, world, { connector, spanBooks, pointBooks });
}

/** The values of one metric's points, by `attributes`. */
export function valuesOf(points: readonly Point[], metric: string): Record<string, number> {
  return Object.fromEntries(
    points.filter((point) => point.metric === metric).map(({ attributes, value }) => [attributes, value]),
  );
}
