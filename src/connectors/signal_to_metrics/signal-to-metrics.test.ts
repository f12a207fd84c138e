import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectorParts, heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import type { Connector } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { definition } from './index.js';

interface Attribute {
  readonly key: string;
  readonly value?: object;
}

interface Buckets {
  readonly offset?: number;
  readonly bucketCounts: readonly string[];
}

interface DataPoint {
  readonly attributes?: readonly Attribute[];
  readonly startTimeUnixNano?: string;
  readonly asInt?: string;
  readonly asDouble?: number;
  readonly scale?: number;
  readonly positive?: Buckets;
  readonly negative?: Buckets;
}

interface Data {
  readonly dataPoints: readonly DataPoint[];
  readonly isMonotonic?: boolean;
}

const kinds = ['sum', 'gauge', 'histogram', 'exponentialHistogram'] as const;

type Metric = { readonly name: string } & Readonly<Partial<Record<(typeof kinds)[number], Data>>>;

interface Metrics {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[];
  }[];
}

/** A data point with all that is around it. */
interface Point {
  readonly resource: unknown;
  readonly name: string;
  readonly kind: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number | undefined;
  readonly point: DataPoint;
  readonly metric: Metric;
}

function batchOf(signal: Signal, request: unknown): Batch {
  return validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(request))));
}

interface Made {
  readonly world: HeldWorld;
  readonly connector: Connector;
  readonly got: Metrics[];
  send(request: unknown): Promise<void>;
}

async function made(options: object, from: Signal, next?: Consumer): Promise<Made> {
  const world = heldWorld();
  const got: Metrics[] = [];
  const consume = (batch: Batch): Promise<void> => {
    got.push(JSON.parse(jsonText('metrics', batch.bytes)) as Metrics);
    return Promise.resolve();
  };
  const parts = connectorParts(world, [from, 'metrics'], { metrics: next ?? { consume } });
  const parsed = definition.config.parse({ collector_instance_id: 'i', ...options });
  const connector = await definition.create(parsed, parts.context, parts.next);
  const send = (request: unknown): Promise<void> => connector.consume(batchOf(from, request), emptyContext);
  return { world, connector, got, send };
}

const attribute = (key: string, value: object | string): object => ({
  key,
  value: typeof value === 'string' ? { stringValue: value } : value,
});

/** Spans by resource, each with its attributes and its length in milliseconds. */
function spans(
  ...resources: readonly (readonly [string, ...(readonly [Record<string, string>, number])[]])[]
): unknown {
  return {
    resourceSpans: resources.map(([name, ...own]) => ({
      resource: { attributes: [attribute('service.name', name), attribute('pod', `${name}-1`)] },
      scopeSpans: [
        {
          spans: own.map(([attributes, ms]) => ({
            name: 'op',
            startTimeUnixNano: '1700000000000000000',
            endTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(ms) * 1_000_000n),
            attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
          })),
        },
      ],
    })),
  };
}

const plain = (attributes: readonly Attribute[] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value ?? {})[0]]));

function pointsOf(got: readonly Metrics[]): Point[] {
  return got.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap((metric) =>
          kinds.flatMap((kind) =>
            (metric[kind]?.dataPoints ?? []).map((point): Point => ({
              resource: plain(resource.attributes),
              name: metric.name,
              kind,
              attributes: plain(point.attributes),
              value: point.asInt === undefined ? point.asDouble : Number(point.asInt),
              point,
              metric,
            })),
          ),
        ),
      ),
    ),
  );
}

const all = { sum: { value: '1' } };

describe('sums and gauges', () => {
  test('a sum has the type of its values, delta temporality and the time of conversion', async () => {
    const metrics = [
      { name: 'n', unit: '1', description: 'spans', ...all },
      { name: 'd', sum: { value: 'Milliseconds(end_time - start_time) / 2.0', monotonic: true } },
    ];
    const { got, send } = await made({ spans: metrics }, 'traces');
    await send(spans(['a', [{}, 3], [{}, 4]]));
    const points = pointsOf(got);
    expect(points.map(({ name, value, kind }) => [name, value, kind])).toEqual([
      ['n', 2, 'sum'],
      ['d', 3.5, 'sum'],
    ]);
    const [first, second] = points.map(({ metric }) => metric);
    expect(first).toMatchObject({ unit: '1', description: 'spans', sum: { aggregationTemporality: 1 } });
    expect([first?.sum?.isMonotonic, second?.sum?.isMonotonic]).toEqual([undefined, true]);
    expect(points[0]?.point).toMatchObject({ timeUnixNano: '1700000001000000000' });
    expect(points[0]?.point.startTimeUnixNano).toBeUndefined();
  });

  test('a gauge is the last value', async () => {
    const gauge = { value: 'Milliseconds(end_time - start_time)' };
    const { got, send } = await made({ spans: [{ name: 'g', gauge }] }, 'traces');
    await send(spans(['a', [{}, 3], [{}, 9], [{}, 4]]));
    expect(pointsOf(got).map(({ kind, value }) => [kind, value])).toEqual([['gauge', 4]]);
  });
});

describe('histograms', () => {
  test('with given bounds', async () => {
    const histogram = { buckets: [1, 10], count: '2', value: 'Milliseconds(end_time - start_time)' };
    const { got, send } = await made({ spans: [{ name: 'h', histogram }] }, 'traces');
    await send(spans(['a', [{}, 1], [{}, 5], [{}, 50]]));
    expect(pointsOf(got)[0]?.point).toMatchObject({
      ...{ count: '6', sum: 112, explicitBounds: [1, 10], bucketCounts: ['2', '2', '2'] },
    });
  });

  test('with exponential buckets, for both signs on one scale', async () => {
    const exponential = { max_size: 4, value: 'Milliseconds(end_time - start_time) - 10' };
    const { got, send } = await made({ spans: [{ name: 'e', exponential_histogram: exponential }] }, 'traces');
    await send(spans(['a', [{}, 2], [{}, 10], [{}, 11], [{}, 12], [{}, 18]]));
    const point = pointsOf(got)[0]?.point;
    expect(point).toMatchObject({ count: '5', sum: 3, min: -8, max: 8, zeroCount: '1' });
    const counted = (side: Buckets | undefined): number =>
      (side?.bucketCounts ?? []).reduce((sum, count) => sum + Number(count), 0);
    expect([counted(point?.positive), counted(point?.negative)]).toEqual([3, 1]);
    // 1, 2 and 8 need buckets of a factor of 2 to be four; 8 is the upper bound of the bucket from 4 on.
    expect(point).toMatchObject({ positive: { offset: -1 }, negative: { offset: 2 } });
    expect(point?.scale).toBeUndefined();
  });

  test('a count of 0 makes no point', async () => {
    const histogram = { count: '0', value: '1' };
    const { got, send, world } = await made({ spans: [{ name: 'h', histogram }] }, 'traces');
    await send(spans(['a', [{}, 1]]));
    expect(got).toEqual([]);
    expect(world.books).toMatchObject({ inItems: 1, outItems: 1, balance: 0 });
  });
});

describe('attributes', () => {
  test('are required, optional or have a default', async () => {
    const metrics = [
      { name: 'required', attributes: [{ key: 'k' }], ...all },
      { name: 'optional', attributes: [{ key: 'k', optional: true }], ...all },
      { name: 'default', attributes: [{ key: 'k', default_value: 'x' }], ...all },
      { name: 'prefix', attributes: [{ prefix: 'k' }], ...all },
    ];
    const { got, send } = await made({ spans: metrics }, 'traces');
    await send(spans(['a', [{ k: 'x' }, 1], [{}, 1], [{ k2: 'z', k1: 'y' }, 1], [{ k1: 'y', k2: 'z' }, 1]]));
    expect(pointsOf(got).map(({ name, attributes, value }) => [name, attributes, value])).toEqual([
      ['required', { k: 'x' }, 1],
      ['optional', { k: 'x' }, 1],
      ['optional', {}, 3],
      ['default', { k: 'x' }, 4],
      ['prefix', { k: 'x' }, 1],
      ['prefix', {}, 1],
      ['prefix', { k1: 'y', k2: 'z' }, 2],
    ]);
  });

  test('of resources are kept as listed, and equal resources are one', async () => {
    const metrics = [
      { name: 'all', ...all },
      {
        name: 'some',
        include_resource_attributes: [{ key: 'service.name' }, { key: 'env', default_value: 'e' }],
        ...all,
      },
      { name: 'none', include_resource_attributes: [{ key: 'nothing' }], ...all },
      { name: 'prefix', include_resource_attributes: [{ prefix: 'po' }], ...all },
    ];
    const { got, send } = await made({ spans: metrics }, 'traces');
    await send(spans(['a', [{}, 1]], ['b', [{}, 1]], ['a', [{}, 1]]));
    const instance = { 'signal_to_metrics.service.instance.id': 'i' };
    const expected = [
      [{ 'service.name': 'a', pod: 'a-1', ...instance }, 'all', 2],
      [{ 'service.name': 'a', env: 'e', ...instance }, 'some', 2],
      [instance, 'none', 3],
      [{ pod: 'a-1', ...instance }, 'prefix', 2],
      [{ 'service.name': 'b', pod: 'b-1', ...instance }, 'all', 1],
      [{ 'service.name': 'b', env: 'e', ...instance }, 'some', 1],
      [{ pod: 'b-1', ...instance }, 'prefix', 1],
    ];
    expect(pointsOf(got).map(({ resource, name, value }) => [resource, name, value])).toEqual(expected);
  });
});

test('each span is measured once for each metric whose condition holds', async () => {
  const key = fc.constantFrom('a', 'b');
  const options = {
    spans: [
      {
        name: 'n',
        attributes: [{ key: 'k' }],
        conditions: ['attributes["k"] == "a"', 'attributes["k"] == "b"'],
        ...all,
      },
      {
        name: 'ms',
        conditions: ['span.attributes["k"] == "a"'],
        sum: { value: 'Milliseconds(end_time - start_time)' },
      },
    ],
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(key, fc.nat(100)), { maxLength: 12 }), async (items) => {
      const { got, send, world } = await made(options, 'traces');
      await send(spans(['s', ...items.map(([k, ms]) => [{ k }, ms] as const)]));
      const points = pointsOf(got);
      const count = (k: string): number => items.filter(([own]) => own === k).length;
      const valueOf = (name: string, k?: string): unknown =>
        points.find((point) => point.name === name && point.attributes['k'] === k)?.value;
      expect([valueOf('n', 'a') ?? 0, valueOf('n', 'b') ?? 0]).toEqual([count('a'), count('b')]);
      const sum = items.reduce((total, [k, ms]) => total + (k === 'a' ? ms : 0), 0);
      expect(valueOf('ms') ?? 0).toBe(sum);
      expect(world.books.balance).toBe(0);
    }),
  );
});

test('data points and log records are measured too', async () => {
  const metrics = await made({ datapoints: [{ name: 'v', gauge: { value: 'value_int' } }] }, 'metrics');
  const gauge = { dataPoints: [{ asInt: '5' }, { asInt: '7' }] };
  await metrics.send({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'x', gauge }] }] }] });
  expect(pointsOf(metrics.got).map(({ value }) => value)).toEqual([7]);
  const logs = await made({ logs: [{ name: 'v', sum: { value: 'log.attributes["n"]' } }] }, 'logs');
  const record = (n: number): object => ({ attributes: [attribute('n', { intValue: String(n) })] });
  await logs.send({ resourceLogs: [{ scopeLogs: [{ logRecords: [record(2), record(3)] }] }] });
  expect(pointsOf(logs.got).map(({ value }) => value)).toEqual([5]);
});

test.each([
  ['', 1],
  ['ot=th:8', 2],
  ['a=b,ot=th:c', 4],
])('a span with the tracestate %j counts for %d', async (traceState, expected) => {
  const { got, send } = await made({ spans: [{ name: 'n', sum: { value: 'Int(AdjustedCount())' } }] }, 'traces');
  await send({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'x', traceState }] }] }] });
  expect(pointsOf(got).map(({ value }) => value)).toEqual([expected]);
});

describe('a value that is no number', () => {
  const options = {
    spans: [
      { name: 'n', sum: { value: 'attributes["n"]' } },
      { name: 'all', ...all },
    ],
  };

  test('refuses the request by default', async () => {
    const { got, send, world } = await made(options, 'traces');
    await expect(send(spans(['a', [{ n: 'x' }, 1]]))).rejects.toThrow(
      'failed to parse sum OTTL value of type string into int64 or float64',
    );
    expect(got).toEqual([]);
    expect(world.books).toMatchObject({ returnedItems: { statement_failed: 1 }, balance: 0 });
  });

  test.each(['ignore', 'silent'])('is passed over with %s', async (mode) => {
    const { got, send, world } = await made({ ...options, error_mode: mode }, 'traces');
    await send(spans(['a', [{ n: 'x' }, 1], [{}, 1]]));
    expect(pointsOf(got).map(({ name, value }) => [name, value])).toEqual([['all', 2]]);
    expect(world.lines).toHaveLength(mode === 'ignore' ? 2 : 0);
  });
});

test('what the next component refuses is offered again as it was made', async () => {
  const seen: number[] = [];
  const answers = [true];
  const next: Consumer = {
    consume: (batch) => {
      seen.push(batch.itemCount);
      const error = new DeliveryError('no', { class: 'retryable', reason: 'queue_full' });
      return answers.pop() === true ? Promise.reject(error) : Promise.resolve();
    },
  };
  const { send, world } = await made({ spans: [{ name: 'n', ...all }] }, 'traces', next);
  const error = await send(spans(['a', [{}, 1], [{}, 2]])).catch((thrown: unknown) => thrown);
  if (!(error instanceof DeliveryError)) throw new Error('nothing was refused');
  await error.resume?.(emptyContext);
  expect(seen).toEqual([1, 1]);
  expect(world.books.balance).toBe(0);
});

test.each<[object, string]>([
  [{}, 'no configuration provided, at least one should be specified'],
  [{ spans: [{ ...all }] }, 'missing required metric name configuration'],
  [{ spans: [{ name: 'x' }] }, 'exactly one of the metrics must be defined, 0 found'],
  [{ spans: [{ name: 'x', ...all, gauge: { value: '1' } }] }, 'exactly one of the metrics must be defined, 2 found'],
  [{ spans: [{ name: 'x', sum: {} }] }, 'value OTTL statement is required'],
  [{ spans: [{ name: 'x', sum: { value: 'nosuch' } }] }, 'nosuch'],
  [{ spans: [{ name: 'x', ...all, attributes: [{}] }] }, 'exactly one of key or prefix must be set for an attribute'],
  [
    { spans: [{ name: 'x', ...all, attributes: [{ key: 'a', optional: true, default_value: 1 }] }] },
    'only one of default_value or optional should be set',
  ],
  [
    { spans: [{ name: 'x', ...all, attributes: [{ key: 'a' }, { key: 'a' }] }] },
    'duplicate key found in attributes config: a',
  ],
  [{ spans: [{ name: 'x', ...all, attributes: [{ prefix: 'a', default_value: 1 }] }] }, 'cannot have a default_value'],
  [{ logs: [{ name: 'x', sum: { value: 'AdjustedCount()' } }] }, 'AdjustedCount'],
  [{ spans: [{ name: 'x', exponential_histogram: { max_size: 1, value: '1' } }] }, 'must be 2 to 16384, not 1'],
  [{ profiles: [{ name: 'x', ...all, attributes: [{ key: 'a' }] }] }, 'attributes of profiles'],
])('%j is refused', (options, message) => {
  expect(definition.config.safeParse(options).error?.message).toContain(JSON.stringify(message).slice(1, -1));
});
