import { expect, test } from 'vitest';
import type { Batch } from '../batch.js';
import { jsonToProto } from '../json/decode.js';
import type { Signal } from '../signal.js';
import { validate } from '../wire/validate.js';
import { splitByCount } from './partition.js';
import { repeatedBytes } from './repeated.js';
import { splitByBytes } from './split-by-bytes.js';

const resource = { attributes: [{ key: 'k', value: { stringValue: 'x'.repeat(5000) } }] };
const many = (count: number, one: object): object[] => Array.from({ length: count }, () => one);
const made = (signal: Signal, body: object): Batch =>
  validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(body))));
const spans = (count: number): object => ({
  resource,
  scopeSpans: [{ scope: { name: 'y'.repeat(700) }, spans: many(count, { name: 'n' }) }, { spans: many(count, {}) }],
});
const metric = { name: 'm', description: 'z'.repeat(3000), gauge: { dataPoints: many(40, { asInt: '1' }) } };

test.each([
  ['spans', made('traces', { resourceSpans: [spans(60), {}, spans(7), { scopeSpans: [{ spans: [{}] }] }] })],
  ['data points', made('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics: many(5, metric) }] }] })],
])('what parts of %s repeat is no more than said, and not much less', (_name, batch) => {
  for (const max of [1, 2, 7, 50]) {
    const total = splitByCount(batch, max, max).reduce((sum, { keptAlive }) => sum + keptAlive, 0);
    const most = batch.keptAlive + repeatedBytes(batch, 'items', max);
    expect(total).toBeLessThanOrEqual(most);
    expect(most).toBeLessThan(3 * total + 20_000);
  }
  for (const max of [4000, 8100, 9000, 20_000]) {
    const { parts } = splitByBytes(batch, max, max);
    const total = parts.reduce((sum, { keptAlive }) => sum + keptAlive, 0);
    expect(total).toBeLessThanOrEqual(batch.keptAlive + repeatedBytes(batch, 'bytes', max));
  }
});
