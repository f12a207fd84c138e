import { expect, test } from 'vitest';
import { jsonToProto } from '../json/decode.js';
import { validate } from '../wire/validate.js';
import type { Batch } from '../batch.js';
import { byAttributes } from './attributes.js';
import type { Owners, Route } from './route.js';
import { Routing } from './routing.js';
import { logTraceId, traceId } from './trace-id.js';

const ring: Owners = { ownerOf: (hash) => hash % 97 };
const hex = (n: number): string => (n * 7919).toString(16).padStart(32, '0');

/** Resources with scopes of 0, 1, 2, ... items; every third item has no trace ID, and traces repeat. */
function batch(signal: 'traces' | 'logs' | 'metrics'): Batch {
  const items = (count: number): unknown[] =>
    Array.from({ length: count }, (_, i) => {
      const attributes = [{ key: 'a', value: { intValue: i % 5 } }];
      if (signal !== 'metrics') return { attributes, ...(i % 3 > 0 && { traceId: hex((i % 7) + count) }) };
      return { name: `m${i}`, gauge: { dataPoints: Array.from({ length: i % 3 }, () => ({ asInt: 1, attributes })) } };
    });
  const [scopes, records] = { traces: ['scopeSpans', 'spans'], logs: ['scopeLogs', 'logRecords'] }[
    signal as 'traces'
  ] ?? ['scopeMetrics', 'metrics'];
  const resources = Array.from({ length: 6 }, (_, r) => ({
    resource: { attributes: r % 2 === 0 ? [{ key: 'service.name', value: { stringValue: `s${r}` } }] : [] },
    [scopes as string]: Array.from({ length: r }, (__, s) => ({ [records as string]: items((r * s) % 11) })),
  }));
  const list = { traces: 'resourceSpans', logs: 'resourceLogs', metrics: 'resourceMetrics' }[signal];
  return validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify({ [list]: resources }))));
}

const cases: [string, 'traces' | 'logs' | 'metrics', Route][] = [
  ['the trace ID of spans', 'traces', traceId],
  ['the trace ID of records', 'logs', logTraceId(() => 3, false)],
  ['the service of spans', 'traces', byAttributes(['service.name'], 'traces', false)],
  ['attributes of spans', 'traces', byAttributes(['a'], 'traces', false)],
  ['attributes of records', 'logs', byAttributes(['service.name', 'a'], 'logs', false)],
  ['attributes of points', 'metrics', byAttributes(['a'], 'metrics', true)],
];

test.each(cases)('routing by %s in pieces gives what it gives at once', (_name, signal, route) => {
  const given = batch(signal);
  const whole = new Int32Array(given.itemCount);
  const lost = route(given, ring, whole);
  for (const rows of [1, 2, 3, 10, 1000]) {
    const partOf = new Int32Array(given.itemCount).fill(-9);
    const work = new Routing(route, given, ring, partOf, rows);
    let steps = 0;
    while (work.step()) steps++;
    expect([...partOf]).toEqual([...whole]);
    expect(work.lost).toBe(lost);
    // A piece has no more items than it may, where these need not stay with their scope.
    if (route.byItem === true) expect(steps).toBe(Math.ceil(given.index.itemCount / rows));
    else expect(steps).toBeGreaterThan(rows < 10 ? 5 : 0);
  }
});
