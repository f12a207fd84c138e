import { readdirSync, readFileSync } from 'node:fs';
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

/** A data point with all that is around it. */
interface Point {
  readonly resource: unknown;
  readonly name: string;
  readonly description: string;
  readonly attributes: unknown;
  readonly times: readonly unknown[];
  readonly count: number;
}

interface Attribute {
  readonly key: string;
  readonly value: unknown;
}

interface Metrics {
  readonly resourceMetrics?: readonly {
    readonly resource?: { readonly attributes?: readonly Attribute[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly description?: string;
        readonly sum: {
          readonly aggregationTemporality: number;
          readonly isMonotonic: boolean;
          readonly dataPoints: readonly {
            readonly attributes?: readonly Attribute[];
            readonly startTimeUnixNano: string;
            readonly timeUnixNano: string;
            readonly asInt: string;
          }[];
        };
      }[];
    }[];
  }[];
}

/** The points of some metrics, in an order of their own. */
function pointsOf({ resourceMetrics = [] }: Metrics): Point[] {
  const points = resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, description = '', sum }) =>
        sum.dataPoints.map(({ attributes, startTimeUnixNano, timeUnixNano, asInt }): Point => ({
          resource: byKey(resource?.attributes),
          name,
          description,
          attributes: byKey(attributes),
          times: [startTimeUnixNano, timeUnixNano],
          count: Number(asInt),
        })),
      ),
    ),
  );
  return points.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const byKey = (attributes: readonly Attribute[] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value]));

function batchOf(signal: Signal, request: unknown): Batch {
  return validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(request))));
}

interface Made {
  readonly world: HeldWorld;
  readonly connector: Connector;
  readonly got: Metrics[];
}

async function made(options: unknown, from: Signal, next?: Consumer): Promise<Made> {
  const world = heldWorld();
  const got: Metrics[] = [];
  const consume = (batch: Batch): Promise<void> => {
    got.push(JSON.parse(jsonText('metrics', batch.bytes)) as Metrics);
    return Promise.resolve();
  };
  const parts = connectorParts(world, [from, 'metrics'], { metrics: next ?? { consume } });
  const connector = await definition.create(definition.config.parse(options), parts.context, parts.next);
  return { world, connector, got };
}

interface Case {
  readonly name: string;
  readonly config: unknown;
  readonly phases: readonly { readonly send: readonly Readonly<Partial<Record<Signal, unknown>>>[] }[];
  readonly expect: { readonly statuses?: readonly number[]; readonly phases: readonly (readonly Metrics[])[] };
}

const folder = new URL('../../../test/recorded/count/cases/', import.meta.url);
const cases = readdirSync(folder).map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case);

describe('recorded', () => {
  test.each(cases)('$name', async (recorded) => {
    const connectors = new Map<Signal, Made>();
    const seen: Point[][] = [];
    const refused: boolean[] = [];
    for (const { send } of recorded.phases)
      for (const request of send)
        for (const [signal, data] of Object.entries(request) as [Signal, unknown][]) {
          const one = connectors.get(signal) ?? (await made(recorded.config, signal));
          connectors.set(signal, one);
          const before = one.got.length;
          const outcome = one.connector.consume(batchOf(signal, data), emptyContext);
          refused.push(await outcome.then(() => false).catch(() => true));
          for (const metrics of one.got.slice(before)) seen.push(pointsOf(metrics).map(shownTimes));
        }
    expect(seen).toEqual(recorded.expect.phases.flat().map((metrics) => pointsOf(metrics).map(shownTimes)));
    expect(refused).toEqual((recorded.expect.statuses ?? refused.map(() => 200)).map((status) => status !== 200));
  });
});

/** Times that are not those of the input are the time of counting. */
const shownTimes = (point: Point): Point => ({
  ...point,
  times: point.times.map((time) => (/^1700000000(0[01]0)000000$/.test(String(time)) ? time : 'now')),
});

const spans = (...resources: readonly (readonly string[])[]): unknown => ({
  resourceSpans: resources.map((names, i) => ({
    resource: { attributes: [{ key: 'r', value: { intValue: String(i) } }] },
    scopeSpans: names.map((name) => ({ spans: [{ name, attributes: [{ key: 'n', value: { stringValue: name } }] }] })),
  })),
});

test('each span is counted once, for its resource and its value', async () => {
  const options = { spans: { n: { attributes: [{ key: 'n' }] }, all: {} }, spanevents: {} };
  const name = fc.constantFrom('a', 'b', 'c');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(name), { maxLength: 4 }), async (resources) => {
      const { connector, got, world } = await made(options, 'traces');
      await connector.consume(batchOf('traces', spans(...resources)), emptyContext);
      const expected = resources.flatMap((names, i) => [
        ...[...new Set(names)].map((one) => [i, 'n', one, names.filter((other) => other === one).length]),
        ...(names.length > 0 ? [[i, 'all', undefined, names.length]] : []),
      ]);
      const counted = got.flatMap(pointsOf).map(({ resource, name: metric, attributes, count }) => {
        const { r } = resource as { readonly r: { readonly intValue: string } };
        const { n } = attributes as { readonly n?: { readonly stringValue: string } };
        return [Number(r.intValue), metric, n?.stringValue, count];
      });
      const order = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
      expect(counted.toSorted(order)).toEqual(expected.toSorted(order));
      expect(world.books.balance).toBe(0);
    }),
  );
});

test('a value and an equal default are one point, and the order in a map makes no difference', async () => {
  const value = (...keys: readonly string[]): object => ({
    kvlistValue: { values: keys.map((key) => ({ key, value: { intValue: '1' } })) },
  });
  const record = (key: string, given: object): object => ({ attributes: [{ key, value: given }] });
  const logRecords = [
    record('k', { stringValue: 'none' }),
    {},
    record('m', value('a', 'b')),
    record('m', value('b', 'a')),
  ];
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
  const options = {
    logs: { k: { attributes: [{ key: 'k', default_value: 'none' }] }, m: { attributes: [{ key: 'm' }] } },
  };
  const { connector, got } = await made(options, 'logs');
  await connector.consume(batchOf('logs', request), emptyContext);
  expect(got.flatMap(pointsOf).map(({ name, count }) => [name, count])).toEqual([
    ['k', 4],
    ['m', 2],
  ]);
});

test('the metrics of the same signal are counted, not handed on', async () => {
  const { connector, got, world } = await made({}, 'metrics');
  const dataPoints = [{ asInt: '1' }, { asInt: '2' }];
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'x', gauge: { dataPoints } }] }] }] };
  await connector.consume(batchOf('metrics', request), emptyContext);
  expect(got.flatMap(pointsOf).map(({ name, count }) => [name, count])).toEqual([
    ['metric.count', 1],
    ['metric.datapoint.count', 2],
  ]);
  expect(world.books).toMatchObject({ inItems: 4, outItems: 4, balance: 0 });
});

test('what the next component refuses is offered again as it was counted', async () => {
  const answers = [true, false];
  const seen: number[] = [];
  const next: Consumer = {
    consume: (batch) => {
      seen.push(batch.itemCount);
      const error = new DeliveryError('no', { class: 'retryable', reason: 'queue_full' });
      return answers.shift() === true ? Promise.reject(error) : Promise.resolve();
    },
  };
  const { connector, world } = await made({ spanevents: {} }, 'traces', next);
  const error = await connector.consume(batchOf('traces', spans(['a', 'b'])), emptyContext).catch((e: unknown) => e);
  if (!(error instanceof DeliveryError)) throw new Error('nothing was refused');
  expect([error.class, error.remaining, error.delivered]).toEqual(['retryable', undefined, 0]);
  expect(world.books).toMatchObject({ outItems: 0, returnedItems: { queue_full: 3 }, balance: 0 });
  await error.resume?.(emptyContext);
  expect(seen).toEqual([1, 1]);
  expect(world.books).toMatchObject({ outItems: 3, balance: 0 });
});

test('a condition that fails refuses the request and counts nothing of the next one', async () => {
  const options = { spans: { s: { conditions: ['ParseJSON(span.name)["a"] == 1'] } }, spanevents: {} };
  const { connector, got, world } = await made(options, 'traces');
  const error = await connector.consume(batchOf('traces', spans(['{}', 'x'])), emptyContext).catch((e: unknown) => e);
  expect(error).toMatchObject({ class: 'retryable', reason: 'statement_failed' });
  expect(world.books).toMatchObject({ returnedItems: { statement_failed: 2 }, balance: 0 });
  await connector.consume(batchOf('traces', spans(['{"a": 1.0}'])), emptyContext);
  expect(got.flatMap(pointsOf).map(({ count }) => count)).toEqual([1]);
});

test.each<[unknown, string]>([
  [{ spans: { '': {} } }, 'spans: metric name missing'],
  [{ spans: { x: { conditions: ['name = "a"'] } } }, 'spans condition: metric "x"'],
  [{ logs: { x: { conditions: ['nosuch == 1'] } } }, 'nosuch'],
  [{ spans: { x: { attributes: [{ default_value: 'a' }] } } }, 'attribute key missing'],
  [{ metrics: { x: { attributes: [{ key: 'a' }] } } }, 'metrics attributes not supported: metric "x"'],
])('%j is refused', (options, message) => {
  expect(definition.config.safeParse(options).error?.message).toContain(JSON.stringify(message).slice(1, -1));
});

test('unknown keys are accepted and logged, as the Collector accepts them', async () => {
  const { world } = await made({ span: {}, spans: { x: { condition: ['true'] } } }, 'traces');
  expect(world.lines.map(({ fields }) => fields?.['option'])).toEqual(['span', 'spans::x::condition']);
});

test('counts that would outgrow their bound are refused for good', async () => {
  const long = 'x'.repeat(1 << 16);
  const { connector, got, world } = await made({ logs: { [long]: {} } }, 'logs');
  // Each of these resources makes a metric with that name.
  const resourceLogs = Array.from({ length: 1100 }, () => ({ scopeLogs: [{ logRecords: [{}] }] }));
  const refused = connector.consume(batchOf('logs', { resourceLogs }), emptyContext);
  await expect(refused).rejects.toMatchObject({ class: 'permanent', reason: 'metrics_too_large' });
  expect(world.books).toMatchObject({ returnedItems: { metrics_too_large: 1100 }, balance: 0 });
  await connector.consume(batchOf('logs', { resourceLogs: resourceLogs.slice(0, 1) }), emptyContext);
  expect(got).toHaveLength(1);
});
