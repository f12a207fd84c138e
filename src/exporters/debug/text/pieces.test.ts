import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Batch } from '../../../otlp/batch.js';
import { SpanBuilder } from '../../../otlp/build/spans.js';
import { jsonToProto } from '../../../otlp/json/decode.js';
import { validate } from '../../../otlp/wire/validate.js';
import { TextPage } from './text-page.js';
import { shortText, textPieces } from './pieces.js';

const unlimited = Number.POSITIVE_INFINITY;

/** A span whose name is any bytes. */
function named(name: Uint8Array): Batch {
  const { bytes } = new SpanBuilder().resource().scope('').span('x'.repeat(name.length)).finish();
  const at = Buffer.from(bytes).lastIndexOf('x'.repeat(name.length));
  const copy = Uint8Array.from(bytes);
  copy.set(name, at);
  return validate('traces', copy);
}

function spans(count: number): Batch {
  const builder = new SpanBuilder().resource().scope('');
  for (let i = 0; i < count; i++) builder.span(`span ${i}`);
  return builder.finish();
}

test('a long text of a sender is cut where a character begins, and bytes that are none stay what they are', () => {
  const bytes = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ minLength: 1, maxLength: 12 }),
    ),
    { minLength: 3, maxLength: 20 },
  );
  fc.assert(
    fc.property(bytes, fc.integer({ min: 2, max: 8 }), (parts, slice) => {
      const batch = named(Buffer.concat(parts));
      const whole = [...textPieces(batch, 'detailed', new TextPage(unlimited, unlimited))];
      expect([...textPieces(batch, 'detailed', new TextPage(1, slice * 3))]).not.toHaveLength(1);
      expect([...textPieces(batch, 'detailed', new TextPage(1, slice * 3))].join('')).toBe(whole.join(''));
    }),
    { numRuns: 300 },
  );
});

test('a piece ends where a line does', () => {
  const pieces = [...textPieces(spans(1000), 'detailed', new TextPage(5000))];
  expect(pieces.length).toBeGreaterThan(50);
  for (const piece of pieces) {
    expect(piece.at(-1) ?? '\n').toBe('\n');
    expect(piece.length).toBeLessThan(10_000);
  }
});

test('one line of any length, one value of any size and one item of any size are many pieces', () => {
  const attribute = (value: object): string => JSON.stringify({ key: 'k', value });
  const many = (text: string): string => Array.from({ length: 20_000 }, () => text).join(',');
  const span = (fields: string): Batch =>
    validate(
      'traces',
      jsonToProto('traces', Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`)),
    );
  const list = attribute({ arrayValue: { values: [1] } }).replace('1', many('{"stringValue":"abc"}'));
  const text = attribute({ stringValue: 'long '.repeat(50_000) });
  for (const batch of [
    span(`"attributes":[${many(attribute({ intValue: '7' }))}]`),
    span(`"attributes":[${list}]`),
    span(`"attributes":[${text}]`),
  ])
    for (const shown of ['normal', 'detailed'] as const) {
      const pieces = [...textPieces(batch, shown, new TextPage(8192, 3000))];
      expect(pieces.length).toBeGreaterThan(10);
      for (const piece of pieces) expect(piece.length).toBeLessThan(20_000);
      expect(pieces.join('')).toBe([...textPieces(batch, shown, new TextPage(unlimited, unlimited))].join(''));
    }
});

test('the members of a map stand in the order of the bytes of their keys; of equal ones the last counts', () => {
  const key = fc.oneof(fc.string({ maxLength: 3 }), fc.string({ unit: 'binary', maxLength: 2 }));
  const members = fc.oneof(
    fc.array(fc.tuple(key, fc.nat()), { maxLength: 30 }),
    fc.array(fc.tuple(key, fc.nat()), { minLength: 1200, maxLength: 3000, size: 'max' }),
  );
  fc.assert(
    fc.property(members, (list) => {
      const values = list.map(([name, value]) => ({ key: name, value: { intValue: String(value) } }));
      const attributes = [{ key: 'm', value: { kvlistValue: { values } } }];
      const request = { resourceSpans: [{ scopeSpans: [{ spans: [{ attributes }] }] }] };
      const batch = validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(request))));
      const expected = [...new Map(list)].toSorted(([a], [b]) => Buffer.from(a).compare(Buffer.from(b)));
      const json = expected.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',');
      const found = /m=\{(.*)\}\n/s.exec([...textPieces(batch, 'normal', new TextPage(100))].join(''))?.[1];
      expect(found?.replace(/\\u00(3c|3e|26)/g, (code) => JSON.parse(`"${code}"`) as string)).toBe(json);
    }),
    { numRuns: 30 },
  );
});

test('a short text is the same as one in pieces, and a longer one is none', () => {
  expect(shortText(spans(20), 'detailed')).toBe([...textPieces(spans(20), 'detailed')].join(''));
  expect(shortText(spans(2000), 'detailed')).toBeUndefined();
});

test('a text that is too long says how much is left out', () => {
  const batch = spans(1000);
  const text = [...textPieces(batch, 'normal', new TextPage(100), 5000)].join('');
  const shown = text.split('\n').filter((line) => line.startsWith('span ')).length;
  expect(text.length).toBeLessThan(6000);
  expect(text.endsWith(`\n... ${1000 - shown} of 1000 spans are left out: the text is too long\n`)).toBe(true);
});
