import { readJson } from '../../../formats/json.js';
import { readInt64 } from '../../../strconv/read-number.js';
import { EntryMap } from '../../entry-map.js';
import type { EntryValue } from '../../entry-value.js';
import { entryJson } from '../../parse/entry-json.js';
import { FormatFailure, formatFailure } from '../../parse/format-failure.js';
import type { ParseTarget, EntryParser } from '../../parse/parser.js';
import { elementTexts } from './element-texts.js';

/** JSON lists of plain values, as the Collector reads them: objects within are kept as text. */
export class JsonArrayParser implements EntryParser {
  readonly as = 'json array';
  readonly #header: readonly string[] | undefined;

  constructor(header: string) {
    this.#header = header === '' ? undefined : header.split(',');
  }

  parse(text: string, target: ParseTarget): void {
    const elements = elementsOf(text);
    const header = this.#header;
    if (header === undefined) return target.set(elements);
    if (header.length !== elements.length)
      throw formatFailure(`wrong number of fields: expected ${header.length}, found ${elements.length}`);
    const map = new EntryMap();
    for (const [i, name] of header.entries()) map.set(name, elements[i] ?? null);
    target.set(map);
  }
}

function elementsOf(text: string): EntryValue[] {
  const value = checked(text);
  // JSON that is no list has no elements.
  if (!Array.isArray(value)) return [];
  return elementTexts(text).map((written, i) => elementOf(value[i] ?? null, written));
}

function elementOf(value: EntryValue, written: string): EntryValue {
  if (Array.isArray(value)) throw formatFailure('failed to parse entry');
  if (value instanceof EntryMap) return JSON.stringify(JSON.parse(written));
  if (typeof value !== 'number' && typeof value !== 'bigint') return value;
  // Measured: what is no int64 becomes 0.
  const int = readInt64(written);
  return typeof int === 'bigint' ? int : 0n;
}

function checked(text: string): EntryValue {
  try {
    return readJson(text, entryJson);
  } catch (error) {
    throw error instanceof FormatFailure ? formatFailure('failed to parse entry') : error;
  }
}
