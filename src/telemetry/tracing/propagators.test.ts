import { expect, test } from 'vitest';
import { propagatorOf } from './propagators.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const half = traceId.slice(16);
const fields = (given: Readonly<Record<string, string>>) => (name: string) => given[name];
const sampled = { traceId, spanId, sampled: true, state: '' };
const notSampled = { ...sampled, sampled: false };

test.each<[Readonly<Record<string, string>>, object | undefined]>([
  [{ traceparent: `00-${traceId}-${spanId}-01` }, sampled],
  [
    { traceparent: `00-${traceId}-${spanId}-00`, tracestate: 'a=b' },
    { ...notSampled, state: 'a=b' },
  ],
  [{ traceparent: `cc-${traceId}-${spanId}-01-more` }, sampled],
  [{ traceparent: `00-${traceId}-${spanId}-01-more` }, undefined],
  [{ traceparent: `ff-${traceId}-${spanId}-01` }, undefined],
  [{ traceparent: `00-${'0'.repeat(32)}-${spanId}-01` }, undefined],
  [{ traceparent: `00-${traceId.toUpperCase()}-${spanId}-01` }, undefined],
  // Members of the state that are no `key=value` do not travel on.
  [
    { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'a=b,No Key=1,c=d' },
    { ...sampled, state: 'a=b,c=d' },
  ],
  [{ b3: `${traceId}-${spanId}-1` }, sampled],
  [{ b3: `${traceId}-${spanId}-d` }, sampled],
  [{ b3: `${traceId}-${spanId}-0-${spanId}` }, notSampled],
  [{ b3: '0' }, undefined],
  // A sender that leaves the decision open counts as not sampled, as in the Collector.
  [{ b3: `${traceId}-${spanId}` }, notSampled],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId }, notSampled],
  [
    { 'x-b3-traceid': half, 'x-b3-spanid': spanId, 'x-b3-sampled': '1' },
    { ...sampled, traceId: `${'0'.repeat(16)}${half}` },
  ],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': 'True' }, sampled],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-flags': '1' }, sampled],
  [{ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '0' }, notSampled],
])('%j carries a span context or none', (given, expected) => {
  expect(propagatorOf(['tracecontext', 'b3']).extract(fields(given))).toEqual(expected);
});

test('of two fields that name a span, the last propagator of the list decides', () => {
  const both = fields({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, b3: `${traceId}-${spanId}-0` });
  expect(propagatorOf(['tracecontext', 'b3']).extract(both)).toEqual(notSampled);
  expect(propagatorOf(['b3', 'tracecontext']).extract(both)).toMatchObject({ traceId: 'a'.repeat(32), sampled: true });
});

test('a span context that is written can be read again, in each format and in both at once', () => {
  const span = { ...sampled, state: 'a=b,c=d' };
  for (const names of [['tracecontext'], ['b3', 'tracecontext']]) {
    const written = propagatorOf(names).inject(span);
    expect(propagatorOf(['tracecontext']).extract(fields(written))).toEqual(span);
  }
  expect(propagatorOf(['tracecontext']).inject(sampled)).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  expect(propagatorOf(['b3']).inject(notSampled)).toEqual({ b3: `${traceId}-${spanId}-0` });
});

test('an unknown propagator is an error that names those that exist (docs/spec/core.md#telemetry-config)', () => {
  for (const name of ['jaeger', 'toString'])
    expect(() => propagatorOf(['tracecontext', name])).toThrow(
      `unsupported trace propagator "${name}": use tracecontext or b3`,
    );
});
