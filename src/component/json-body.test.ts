import { expect, test } from 'vitest';
import { jsonToProto } from '../otlp/json/decode.js';
import type { Signal } from '../otlp/signal.js';
import { validate } from '../otlp/wire/validate.js';
import { jsonBody } from './json-body.js';

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
  const json = await jsonBody(batch);
  stop = true;
  expect(Buffer.from(json).toString() === JSON.stringify(body)).toBe(true);
  expect(turns).toBeGreaterThanOrEqual(least - 1);
});

test('a small batch is written at once', () => {
  const batch = validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(traces([{ name: 'x' }])))));
  expect(jsonBody(batch)).toBeInstanceOf(Uint8Array);
});
