import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { string } from '../../parameters.js';
import type { Value } from '../../value.js';
import { goQuoted } from '../../../strconv/quoted.js';

const directives: ReadonlyMap<string, string> = new Map([
  ['version', 'elf.version'],
  ['software', 'elf.software'],
  ['date', 'elf.date'],
  ['start-date', 'elf.start_date'],
  ['end-date', 'elf.end_date'],
  ['remark', 'elf.remark'],
]);

/** A field costs a few bytes of text once, and an attribute in each entry. */
const mostValues = 100_000;

/** Reads a block in W3C's Extended Log Format: directives, and lines of values. */
export const parseElf: Converter = converter('ParseELF', { target: string() }, ({ target }) => (scene) => {
  const text = target.get(scene);
  if (text === '') throw new OttlError('cannot parse empty ELF message');
  const result = new Map<string, Value>();
  const entries: Value[] = [];
  let fields: readonly string[] = [];
  let values = 0;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [key, value] = directiveOf(line);
      if (key === 'fields') fields = value === '' ? [] : value.split(/\s+/);
      const name = directives.get(key);
      if (name !== undefined) result.set(name, value);
      continue;
    }
    if (fields.length === 0) throw new OttlError('invalid ELF: data entry found before #Fields directive');
    values += fields.length;
    if (values > mostValues) throw new OttlError(`invalid ELF: more than ${mostValues} values`);
    entries.push(entryOf(fields, valuesOf(line)));
  }
  if (!result.has('elf.version')) throw new OttlError('invalid ELF: missing #Version directive');
  result.set('elf.entries', entries);
  result.set('elf.fields', fields);
  return result;
});

/** The name in lower case and the value; a directive without a colon is passed over, unless it is `#Fields`. */
function directiveOf(line: string): [key: string, value: string] {
  const colon = line.indexOf(':');
  if (colon !== -1) return [line.slice(1, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  if (!line.slice(1).trim().toLowerCase().startsWith('fields')) return ['', ''];
  const quoted = goQuoted(line);
  throw new OttlError(`invalid ELF: malformed #Fields directive ${quoted}: directive ${quoted} has no colon separator`);
}

/** A value that is missing becomes a dash, as the format writes it. */
function entryOf(fields: readonly string[], values: readonly string[]): Value {
  return new Map(fields.map((field, index) => [`elf.${field}`, values[index] ?? '-']));
}

const value = /[ \t]*(?:"((?:[^"]|"")*)"|([^ \t"][^ \t]*))/y;

/** Values stand apart by spaces and tabs; those in quotes may have some themselves, and a quote is written twice. */
function valuesOf(line: string): string[] {
  const values: string[] = [];
  let at = 0;
  for (;;) {
    value.lastIndex = at;
    const match = value.exec(line);
    if (match === null) break;
    values.push(match[2] ?? (match[1] ?? '').replaceAll('""', '"'));
    at = value.lastIndex;
  }
  if (at < line.length) throw new OttlError(`invalid ELF: unterminated quoted value in data line: ${goQuoted(line)}`);
  return values;
}
