import { expect, test } from 'vitest';
import { jsonToProto } from '../otlp/json/decode.js';
import { protoToJson } from '../otlp/json/encode.js';
import type { Signal } from '../otlp/signal.js';
import { validate } from '../otlp/wire/validate.js';
import { SharedByteBudget } from '../runtime/memory/budget.js';
import { Cancellation, Cancelled } from './cancellation.js';
import { jsonBody } from './json-body.js';
import { MadeRoom } from './made-room.js';

const many = <T>(count: number, one: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => one(i));
const traces = (spans: readonly object[]): object => ({
  resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }],
});
const text = 'x'.repeat(400_000);
const cases: readonly (readonly [string, Signal, object, least: number])[] = [
  ['empty spans', 'traces', traces(many(150_000, () => ({ status: {} }))), 8],
  ['resources', 'traces', { resourceSpans: many(60_000, () => ({ resource: {}, scopeSpans: [{ scope: {} }] })) }, 8],
  ['attributes of one span', 'traces', traces([{ attributes: many(120_000, () => ({ value: {} })), status: {} }]), 8],
  ['long texts', 'traces', traces(many(16, () => ({ name: text, status: {} }))), 3],
  [
    'a packed list',
    'metrics',
    {
      resourceMetrics: [
        {
          resource: {},
          scopeMetrics: [
            {
              scope: {},
              metrics: [{ histogram: { dataPoints: [{ bucketCounts: many(700_000, (i) => String(i % 3)) }] } }],
            },
          ],
        },
      ],
    },
    5,
  ],
];

test.each(cases)('%s are written as JSON in several turns of the event loop', async (_name, signal, body, least) => {
  const batch = validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(body))));
  let turns = 0;
  let stop = false;
  const turn = (): void => {
    turns++;
    if (!stop) setImmediate(turn);
  };
  setImmediate(turn);
  const json = await jsonBody(batch, new MadeRoom(undefined).begin(), undefined);
  stop = true;
  expect(Buffer.from(json).toString() === JSON.stringify(body)).toBe(true);
  expect(turns).toBeGreaterThanOrEqual(least - 1);
});

test('a small batch is written at once', () => {
  const batch = validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(traces([{ name: 'x' }])))));
  expect(jsonBody(batch, new MadeRoom(undefined).begin(), undefined)).toBeInstanceOf(Uint8Array);
});

/** JSON of some megabytes. */
const ids = traces(many(40_000, () => ({ traceId: 'ab'.repeat(16), startTimeUnixNano: '1700000000000000000' })));

test('bodies wait for room of the budget, and one at a time goes on where others hold all of it', async () => {
  const batch = validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(ids))));
  const whole = protoToJson('traces', batch.bytes);
  const budget = new SharedByteBudget(20 << 20);
  // What requests and queues hold is not released while this exporter does nothing.
  const others = 18 << 20;
  budget.tryReserve(others);
  let most = 0;
  const reserve = budget.tryReserve.bind(budget);
  budget.tryReserve = (bytes) => {
    const isReserved = reserve(bytes);
    most = Math.max(most, budget.used);
    return isReserved;
  };
  const room = new MadeRoom(budget);
  let underWay = 0;
  let mostUnderWay = 0;
  const one = async (): Promise<void> => {
    const made = room.begin();
    const json = await jsonBody(batch, made, undefined);
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    expect(Buffer.compare(json, whole)).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    made.end();
  };
  await Promise.all(many(6, one));
  expect(mostUnderWay).toBe(1);
  expect(most).toBeLessThanOrEqual(20 << 20);
  expect(budget.used).toBe(others);
  // With room for all of them they are made together.
  const large = new SharedByteBudget(1 << 30);
  const roomy = new MadeRoom(large);
  const holds = many(6, () => roomy.begin());
  await Promise.all(holds.map(async (made) => jsonBody(batch, made, undefined)));
  expect(large.used).toBeGreaterThanOrEqual(6 * whole.length);
  for (const made of holds) made.end();
  expect(large.used).toBe(0);
});

test('a small body waits too', async () => {
  const batch = validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(traces([{ name: 'x' }])))));
  const budget = new SharedByteBudget(1000);
  budget.tryReserve(700);
  const room = new MadeRoom(budget);
  const first = room.begin();
  expect(first.fits(5000)).toBe(true);
  const second = room.begin();
  const json = jsonBody(batch, second, undefined);
  expect(json).toBeInstanceOf(Uint8Array);
  second.end();
  budget.tryReserve(budget.limit - budget.used);
  const third = jsonBody(batch, room.begin(), undefined);
  expect(third).toBeInstanceOf(Promise);
  first.end();
  expect(await third).toEqual(json);
});

test('a body that waits for room ends with its attempt', async () => {
  const batch = validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(ids))));
  const budget = new SharedByteBudget(1000);
  const room = new MadeRoom(budget);
  expect(room.begin().fits(5000)).toBe(true);
  const attempt = new Cancellation();
  const json = jsonBody(batch, room.begin(), attempt);
  attempt.abort('deadline');
  await expect(json).rejects.toEqual(new Cancelled('deadline'));
  expect(budget.used).toBe(0);
});

test('a body that is given up while it is made reserves nothing more', async () => {
  const batch = validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(ids))));
  const budget = new SharedByteBudget(1 << 30);
  const made = new MadeRoom(budget).begin();
  const json = jsonBody(batch, made, undefined);
  await expect.poll(() => budget.used).toBeGreaterThan(0);
  made.end();
  expect(budget.used).toBe(0);
  await json;
  expect(budget.used).toBe(0);
});
