import { readJson, type JsonReading } from '../../../formats/json.js';
import type { LineFields, LineForm } from '../../../otlp/lines/line-form.js';
import type { LogEntry } from '../../entry.js';
import { EntryMap } from '../../entry-map.js';
import { entryJson } from '../../parse/entry-json.js';
import { formatFailure } from '../../parse/format-failure.js';
import type { ParseTarget, EntryParser } from '../../parse/parser.js';
import { JsonLine } from './json-line.js';

/**
 * JSON objects. A line of the usual form is read where it lies in the bytes, and its texts stay there; what is written
 * in another way goes to a reader that accepts and refuses what the Collector does.
 */
export class JsonParser implements EntryParser {
  readonly as = 'JSON';
  readonly #reading: JsonReading<null, EntryMap>;
  readonly #line: JsonLine;

  constructor(parseInts: boolean) {
    this.#reading = { ...entryJson, ints: parseInts };
    this.#line = new JsonLine(parseInts);
  }

  formOf(fields: LineFields): LineForm {
    return { kind: 'json', ints: this.#reading.ints === true, fields };
  }

  parseLine(entry: LogEntry, target: ParseTarget): boolean {
    const members = this.#line.read(entry.line, entry.lineStart, entry.lineEnd);
    if (members === undefined) return false;
    const map = target.map();
    if (map === entry.attributes && map.size < members.size) {
      this.#takePlace(entry, members);
      return true;
    }
    for (let i = 0; i < members.size; i++) map.setFrom(members, i);
    return true;
  }

  /** Members become the attributes: the few that are there move to them, and not the many the other way. */
  #takePlace(entry: LogEntry, members: EntryMap): void {
    const { attributes } = entry;
    for (let i = 0; i < attributes.size; i++) if (!members.has(attributes.keyAt(i))) members.setFrom(attributes, i);
    entry.attributes = members;
    attributes.clear();
    this.#line.exchange(attributes);
  }

  parse(text: string, target: ParseTarget): void {
    const value = readJson(text, this.#reading);
    if (value === null) return;
    if (!(value instanceof EntryMap)) throw formatFailure('expected { character for map value');
    target.set(value);
  }
}
