import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runOperators } from '../../../../test/support/entry-lines.js';
import { readJson } from '../../../formats/json.js';
import { EntryMap } from '../../entry-map.js';
import { copyOfValue, type EntryValue } from '../../entry-value.js';
import { entryJson } from '../../parse/entry-json.js';
import { FormatFailure } from '../../parse/format-failure.js';
import { JsonLine } from './json-line.js';

const before = 'before "';

/** The result of the reader of lines, with its lent parts made its own; undefined where it gives up. */
function readLine(text: string, ints: boolean): EntryValue | undefined {
  const bytes = Buffer.from(`${before}${text}" behind`);
  const start = Buffer.byteLength(before);
  const members = new JsonLine(ints).read(bytes, start, start + Buffer.byteLength(text));
  return members && copyOfValue(members);
}

function readWhole(text: string, ints: boolean): EntryValue | undefined {
  try {
    return readJson(text, { ...entryJson, ints });
  } catch (error) {
    if (error instanceof FormatFailure) return undefined;
    throw error;
  }
}

function plain(value: unknown): unknown {
  if (value instanceof EntryMap) return { map: [...value].map(([key, each]) => [key, plain(each)]) };
  return Array.isArray(value) ? value.map(plain) : value;
}

const texts = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify({ value, more: [value, 'ä"\\\n€😀', 1.5, -0.25, 1e21] })),
  fc
    .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }))
    .map((value) => JSON.stringify(value, null, 1)),
  fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0e-+. 19trfalsn') }).map((text) => `{"a":${text}`),
  fc.string({ unit: fc.constantFrom('{', '}', '"a":', '"b"', ',', '1', '0.5', '-', '[', ']', ' ', 'null', '\t') }),
);

test('says what the reader of all forms says, or gives up', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), (text, ints) => {
      const found = readLine(text, ints);
      if (found === undefined) return;
      expect(plain(found)).toEqual(plain(readWhole(text, ints)));
    }),
    { numRuns: 1000 },
  );
});

test('reads the usual line itself', () => {
  const text = '{"a":"x","n":-1.25,"t":true,"z":null,"o":{"k":[1,"2",{}]},"long":"0123456789012345678901234567890"}';
  expect(plain(readLine(text, false))).toEqual(plain(readWhole(text, false)));
  expect(readLine(text, false)).toBeDefined();
});

test.each(['{"a":1e5}', '{"a":"\\ud800"}', `{"a":${'['.repeat(50)}${']'.repeat(50)}}`, '{"a":1234567890123456789}'])(
  'gives up at %s, and the operator reads it all the same',
  (text) => {
    const { records, log } = runOperators([{ type: 'json_parser' }], [text]);
    expect(log).toEqual([]);
    expect(records[0]).toHaveProperty('attributes');
  },
);

test('a NUL ends a text, as it does upstream', () => {
  expect(readLine('{"a":"x\0y"}', false)).toBeUndefined();
  expect(runOperators([{ type: 'json_parser' }], ['{"a":"x\0y"}']).log).toHaveLength(1);
});

test('nothing of one line is seen in the next', () => {
  const lines = ['{"a":{"b":"1","c":"2"},"d":"3"}', '{"a":{"b":"4"}}'];
  const { records } = runOperators([{ type: 'json_parser' }], lines);
  expect(JSON.stringify(records[1])).not.toContain('"c"');
  expect(JSON.stringify(records[1])).not.toContain('"d"');
});
