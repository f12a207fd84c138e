import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryValue } from '../../../test/support/arbitrary-values.js';
import { SpanBuilder } from '../build/spans.js';
import { Batch } from '../batch.js';
import { validate } from '../wire/validate.js';
import { BatchCursor } from './batch-cursor.js';
import { key } from './key.js';
import { SpanSearch } from './span-search.js';
import { SpanView } from './span.js';
import { ValueView } from './value.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);
const names = ['a', 'bb', 'b2', 'http.route', 'x'.repeat(130), ''];
const wanted = [names[1]!, names[3]!, names[4]!, names[5]!];
const keys = wanted.map(key);

const spans = fc.array(
  fc.record({
    name: fc.string({ maxLength: 4 }),
    state: fc.constantFrom('', 'ot=th:8'),
    times: fc.tuple(fc.nat({ max: 1e6 }), fc.nat({ max: 1e6 }), fc.nat({ max: 999_999 })),
    kind: fc.constantFrom('unspecified' as const, 'server' as const, 'consumer' as const),
    code: fc.constantFrom('unset' as const, 'ok' as const, 'error' as const),
    attributes: fc.array(fc.tuple(fc.constantFrom(...names), arbitraryValue), { maxLength: 6 }),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Field numbers as bytes, so that fields can be added behind what the builder writes. */
const field = (number: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([number * 8 + 2, body.length]), body]);

/** Expects that a search finds what the views find. */
function expectSame(batch: Batch): void {
  const search = new SpanSearch(keys);
  const cursor = new BatchCursor(new SpanView());
  const value = new ValueView();
  search.open(batch);
  const text = (from: number, to: number): string => Buffer.from(search.bytes.subarray(from, to)).toString();
  for (cursor.open(batch); cursor.next();) {
    const { item } = cursor;
    search.move(cursor.itemRow);
    const nanos = item.endTimeUnixNano.minus(item.startTimeUnixNano);
    expect([search.kind, search.code, search.duration]).toEqual([item.kind, item.status.code, Math.max(0, nanos)]);
    expect(text(search.nameFrom, search.nameTo)).toBe(item.name.toString());
    expect(text(search.stateFrom, search.stateTo)).toBe(item.traceState.toString());
    expect(search.spanIdAt).toBe(item.spanId.length === 8 ? item.spanId.start : -1);
    expect(search.traceIdAt).toBe(item.traceId.length === 16 ? item.traceId.start : -1);
    for (const [i, one] of keys.entries()) {
      expect(search.attributes.has(i)).toBe(item.attribute(one, value));
      if (!search.attributes.has(i)) continue;
      const found = search.attributes.value(i);
      expect(found.type).toBe(value.type);
      expect([found.start, found.end]).toEqual([value.start, value.end]);
    }
  }
  search.close();
  expect(search.bytes.length).toBe(0);
}

test('one pass finds what the views find', () => {
  fc.assert(
    fc.property(spans, (all) => {
      const builder = new SpanBuilder().resource().scope('test');
      for (const { name, state, times, kind, code, attributes } of all) {
        builder.span(name, kind).ids('00112233445566778899aabbccddeeff', '0123456789abcdef');
        builder.times(times[0], times[1], times[2]).context(state, 1);
        for (const [one, { value }] of attributes) builder.attribute(one, value);
        builder.status(code, 'why');
      }
      expectSame(builder.finish());
    }),
    { numRuns: runs },
  );
});

test('fields in any order, again and in pieces are read as the views read them', () => {
  const pair = (name: string, text: string): Buffer =>
    Buffer.concat([field(1, Buffer.from(name)), field(2, field(1, Buffer.from(text)))]);
  const parts = [
    field(5, Buffer.from('first')),
    field(5, Buffer.from('last')),
    Buffer.from([0x30, 2, 0x30, 5]),
    field(15, Buffer.from([0x18, 1])),
    field(15, field(2, Buffer.from('message'))),
    field(15, Buffer.from([0x18, 2])),
    field(9, pair('bb', '1')),
    field(9, pair('bb', '2')),
    // The value before the key, and a key that comes again.
    field(9, Buffer.concat([field(2, field(1, Buffer.from('v'))), field(1, Buffer.from('http.route'))])),
    field(9, Buffer.concat([pair('bb', '3'), field(1, Buffer.from('a'))])),
    field(2, Buffer.from('01234567')),
    field(2, Buffer.alloc(0)),
    // A varint tag and length that are longer than they have to be, and a field that nobody knows.
    Buffer.from([0xaa, 0x80, 0x00, 0x81, 0x00, 0x78]),
    Buffer.from([0xa5, 0x06, 1, 2, 3, 4]),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(parts), (some) => {
      const span = field(2, Buffer.concat(some));
      const scope = Buffer.concat([Buffer.from([0x12]), length(span.length), span]);
      const resource = Buffer.concat([Buffer.from([0x0a]), length(scope.length), scope]);
      expectSame(validate('traces', resource));
    }),
    { numRuns: runs },
  );
});

function length(value: number): Buffer {
  return Buffer.from(value < 128 ? [value] : [(value & 127) | 128, value >> 7]);
}
