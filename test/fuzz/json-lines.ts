import { readJson } from '../../src/formats/json.js';
import { readCsvRow } from '../../src/formats/csv-row.js';
import { pairsOf } from '../../src/formats/key-value-pairs.js';
import { EntryMap } from '../../src/entries/entry-map.js';
import type { EntryValue } from '../../src/entries/entry-value.js';
import { entryJson } from '../../src/entries/parse/entry-json.js';
import { FormatFailure, formatFailure } from '../../src/entries/parse/format-failure.js';
import { JsonLine } from '../../src/entries/operators/json_parser/json-line.js';
import { law } from './law.js';
import type { Target } from './targets.js';

/** For line after line, as an operator has it: what it remembers of one must not show in the next. */
const readers = [new JsonLine(false), new JsonLine(true)];

/** A value as text in which the types of numbers differ. */
function shown(value: EntryValue): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return `[${value.map(shown).join()}]`;
  if (value instanceof EntryMap) return `{${[...value].map(([key, each]) => `${key}:${shown(each)}`).join()}}`;
  return JSON.stringify(value);
}

function json(line: Buffer, ints: boolean): string {
  const text = line.toString('utf8');
  let exact: string;
  try {
    exact = shown(readJson(text, { ...entryJson, ints }));
  } catch (error) {
    if (!(error instanceof FormatFailure)) throw error;
    exact = error.message;
  }
  // As a line stands in a file, valid UTF-8.
  const clean = Buffer.from(text);
  const bytes = Buffer.concat([Buffer.from('{"'), clean, Buffer.from('"}1')]);
  const fast = readers[ints ? 1 : 0]?.read(bytes, 2, 2 + clean.length);
  law(fast === undefined || shown(fast) === exact, `read as ${fast && shown(fast)} and as ${exact}`);
  return `${fast === undefined} ${exact.replaceAll(/[\w".-]+/g, 'x').slice(0, 30)}`;
}

function csv(text: string, lazyQuotes: boolean): string {
  try {
    const fields = readCsvRow(text, { delimiter: ',', lazyQuotes, mostFields: 100, error: formatFailure });
    law(fields.length <= 100 && fields.join('').length <= text.length, 'more than there is');
    const written = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
    const again = readCsvRow(written, { delimiter: ',', lazyQuotes: false, error: formatFailure });
    const isPlain = !fields.some((field) => field.includes('\r'));
    law(!isPlain || JSON.stringify(again) === JSON.stringify(fields), `${written} is read as something else`);
    return `csv ${Math.min(5, fields.length)}`;
  } catch (error) {
    if (!(error instanceof FormatFailure)) throw error;
    return `csv ${error.message.replaceAll(/\d+/g, '')}`;
  }
}

/** JSON, rows of CSV, or pairs; the first byte says which. JSON is read in two ways, which must be the same. */
export const jsonLines: Target = {
  name: 'json-lines',
  share: 0.5,
  seeds: [
    '\0{"a":{"b":[1,"x",null]},"o":{"k":true},"n":-1.5}',
    '\x01{"a":"\\u00e9\\n","i":9007199254740993,"f":0.25,"e":"","a":-0}',
    '\0 { "level" : "info", "msg" : "a longer text that is read by a call", "n" : [ -7 , 0.10 ] } ',
    '\x01{"\\u0061":1,"__proto__":{"x":"\\ud800"},"z":1e5}',
    '\x02x,"y ""z""",w\n"v",',
    '\x03x,"y "z",w"',
    '\x04a="quoted \\"v\\"" b=c  d=\'e\'',
  ].map((text) => Buffer.from(text)),
  run(input) {
    const kind = (input[0] ?? 0) % 5;
    const line = input.subarray(1);
    if (kind < 2) return json(line, kind === 1);
    const text = line.toString('utf8');
    if (kind < 4) return csv(text, kind === 3);
    const pairs = pairsOf(text, ' ', 50);
    law(pairs === undefined || pairs.join('').length <= text.length, 'more than there is');
    law((pairs?.length ?? 0) <= 50, 'more pairs than allowed');
    return `pairs ${Math.min(9, pairs?.length ?? -1)}`;
  },
};
