import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callConverter, named } from '../../../test/support/ottl-call.js';
import { OttlError } from '../ottl-error.js';
import type { Value } from '../value.js';
import { parseCsv } from './parse/parse-csv.js';
import { xmlFunctions } from './xml/table.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 500);
const parseXml = named(xmlFunctions, 'ParseXML');

/** A text that is put together from parts, or any. */
const textOf = (...parts: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((all) => all.join('')) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  );

const xml = textOf(
  ...['<a>', '</a>', '<b x="1">', '</b>', '<c/>', '<', '>', '&amp;', '&', '&#0;', '&#x41;', '<!--', '-->', '<![CDATA['],
  ...[
    ']]>',
    '<?xml?>',
    '<!DOCTYPE a [<!ENTITY b "bb">]>',
    '&b;',
    '"',
    "'",
    'é',
    '\n',
    ' ',
    'x',
    '\0',
    '<n:a>',
    '</n:a>',
  ],
);
const csv = textOf('"', '""', ',', ';', '\n', '\r\n', '\r', ' ', 'a', 'é', '1', '\0', "'");

/** The value, or undefined for a text that is refused as one; any other error is a fault. */
function resultOf(call: () => Value): Value | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof OttlError) return undefined;
    throw error;
  }
}

/** Texts and levels in a value. */
function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Map) return [...value].reduce((sum, [key, each]) => sum + key.length + sizeOf(each), 0);
  return Array.isArray(value) ? value.reduce((sum: number, each: Value) => sum + sizeOf(each), 0) : 0;
}

test('ParseXML reads or refuses any text, and makes no more of it than was there', () => {
  fc.assert(
    fc.property(xml, (text) => {
      const result = resultOf(() => callConverter(parseXml, text));
      if (result === undefined) return;
      const names = 'tagattributescontentchildren'.length;
      expect(sizeOf(result)).toBeLessThanOrEqual(text.length * (names + 1));
    }),
    { numRuns: runs },
  );
});

test('a document that ParseXML has to read has the elements that were written', () => {
  const element: fc.Memo<string> = fc.memo((depth): fc.Arbitrary<string> => {
    const children = depth <= 1 ? fc.constant<string[]>([]) : fc.array(element(), { maxLength: 3 });
    return fc
      .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('', 'x', 'é &lt;'), children)
      .map(([tag, content, inner]) => `<${tag}>${content}${inner.join('')}</${tag}>`);
  });
  fc.assert(
    fc.property(element(5), (text) => {
      const count = (value: Value): number => {
        const children = value instanceof Map ? value.get('children') : undefined;
        return 1 + (Array.isArray(children) ? children.reduce((sum: number, each: Value) => sum + count(each), 0) : 0);
      };
      expect(count(callConverter(parseXml, text))).toBe(text.split('</').length - 1);
    }),
    { numRuns: runs },
  );
});

test('ParseCSV reads or refuses any text, in each mode', () => {
  fc.assert(
    fc.property(csv, fc.constantFrom('strict', 'lazyQuotes', 'ignoreQuotes'), (text, mode) => {
      const result = resultOf(() => callConverter(parseCsv, text, 'h,i', undefined, undefined, mode));
      if (result === undefined) return;
      expect([...(result as ReadonlyMap<string, Value>).keys()]).toEqual(['h', 'i']);
      expect(sizeOf(result)).toBeLessThanOrEqual(text.length + 'hi'.length);
    }),
    { numRuns: runs },
  );
});

test('ParseCSV reads what was written with quotes', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), (fields) => {
      const written = fields.map((field) => field.replaceAll(/\r\n?/g, '\n'));
      const line = written.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
      const headers = written.map((_, i) => `h${i}`);
      const expected = new Map(headers.map((header, i) => [header, written[i]]));
      expect(callConverter(parseCsv, line, headers.join(','))).toEqual(expected);
    }),
    { numRuns: runs },
  );
});

test('large hostile texts are read in one pass', () => {
  // A quadratic reader would not end within the time of a test.
  const size = 1 << 21;
  for (const part of ['<a>', '<', '&', '<!--', '<a b="', '<![CDATA[', '</a>', '<a x="1" ', 'x'])
    resultOf(() => callConverter(parseXml, `<r>${part.repeat(size / part.length)}`));

  for (const part of ['"', '""', ',', '\n', '",', 'a"', '\r'])
    for (const mode of ['strict', 'lazyQuotes', 'ignoreQuotes'])
      resultOf(() => callConverter(parseCsv, part.repeat(size / part.length), 'a,b', undefined, undefined, mode));
});
