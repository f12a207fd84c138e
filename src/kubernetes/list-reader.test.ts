import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ListReader } from './list-reader.js';
import { briefObject, wholeObject } from './read-object.js';

/** Reads `text` in pieces of `step` bytes, whose memory is used again. */
function readPage(text: string, step: number): { readonly objects: unknown[]; readonly page: unknown } {
  const objects: unknown[] = [];
  const reader = new ListReader((bytes) => objects.push(wholeObject(bytes)));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += step) {
    const piece = Uint8Array.from(bytes.subarray(at, at + step));
    reader.push(piece);
    piece.fill(0);
  }
  return { objects, page: reader.finish() };
}

test('objects are the same wherever the page is cut', () => {
  const page = fc.record({
    kind: fc.string(),
    metadata: fc.record({ resourceVersion: fc.string(), items: fc.array(fc.string()) }),
    items: fc.array(fc.dictionary(fc.string(), fc.jsonValue({ depthSize: 'medium' }))),
  });
  fc.assert(
    fc.property(page, fc.integer({ min: 1, max: 40 }), fc.constantFrom(undefined, 2), (value, step, indent) => {
      const { objects, page: rest } = readPage(JSON.stringify(value, undefined, indent), step);
      expect(objects).toEqual(JSON.parse(JSON.stringify(value.items)));
      expect(rest).toEqual({ ...value, items: [] });
    }),
  );
});

test.each([
  ['no items', '{"metadata":{"continue":"x"}}', []],
  ['items that are null', '{"items":null}', []],
  ['other lists', '{"other":[{"a":1}],"items":[{"b":[{"c":"]}"}]}],"more":[{"d":1}]}', [{ b: [{ c: ']}' }] }]],
  [
    'keys that end alike',
    '{"myitems":[{"a":1}],"x\\"items":[{"a":2}],"k":"items","o":[{"a":3}],"items" :\n [{"b":2}]}',
    [{ b: 2 }],
  ],
  ['elements that are no objects', '{"items":[1,"{",[{"a":1}],{"b":2}]}', [{ b: 2 }]],
])('a page with %s', (_what, text, expected) => {
  for (const step of [1, 7, 1000]) expect(readPage(text, step).objects).toEqual(expected);
});

test.each([
  '',
  '{"\\u0069tems":[{"a":1}]}',
  '{"items":[{"a":1}',
  '{"items":[{"a":1},{"b"',
  '{"items":[{"a":1]]}',
  '{"items":[{"a":}]}',
  '[]]',
])('a page that is no JSON is refused: %s', (text) => {
  for (const step of [1, 1000]) expect(() => readPage(text, step)).toThrow();
});

test('a brief object has no managed fields, and all else', () => {
  const object = {
    metadata: { name: 'é', managedFields: [{ manager: ']"', fieldsV1: { 'k:{"a":"b"}': {} } }] },
    a: [1],
  };
  const brief = { metadata: { name: 'é', managedFields: null }, a: [1] };
  expect(briefObject(Buffer.from(JSON.stringify(object)))).toEqual(brief);
  expect(briefObject(Buffer.from(JSON.stringify(brief)))).toEqual(brief);
  const odd = { 'x"managedFields': [{ a: 1 }] };
  expect(briefObject(Buffer.from(JSON.stringify(odd)))).toEqual(odd);
  expect(() => briefObject(Buffer.from('{"managedFields":[{'))).toThrow();
});

test('a page of nothing but lists and keys takes the time of its bytes', () => {
  const lists = `{${'"a":[],'.repeat(500_000)}"items":[{"b":1}]}`;
  expect(readPage(lists, 65_536).objects).toEqual([{ b: 1 }]);
  const keys = `{"a":[${'"items":[],'.repeat(300_000)}1]`;
  expect(() => readPage(keys, 65_536)).toThrow();
});
