import { readCsvRow } from '../../../formats/csv-row.js';
import type { LogEntry } from '../../entry.js';
import { goTypeOf, entryText } from '../../entry-value.js';
import { EntryFailure, type Operator, type OperatorVerdict } from '../../operator.js';
import { formatFailure } from '../../parse/format-failure.js';
import { mostParts } from '../../parse/most-parts.js';
import type { ParseTarget, EntryParser } from '../../parse/parser.js';

export interface CsvParserOptions {
  readonly header: string;
  readonly header_attribute: string;
  readonly header_delimiter: string;
  readonly delimiter: string;
  readonly lazy_quotes: boolean;
  readonly ignore_quotes: boolean;
}

/** Rows of CSV; of equal names of the header the last column counts. */
export class CsvParser implements EntryParser {
  readonly as = 'csv';
  readonly headerAttribute: string;
  readonly #headerDelimiter: string;
  readonly #ignoreQuotes: boolean;
  readonly #row: Parameters<typeof readCsvRow>[1];
  #header: readonly string[];
  /** The text of the header, where it comes from an attribute: most entries have the same. */
  #headerText: string | undefined = undefined;

  constructor(options: CsvParserOptions) {
    const delimiter = options.delimiter === '' ? ',' : options.delimiter;
    this.headerAttribute = options.header_attribute;
    this.#headerDelimiter = options.header_delimiter === '' ? delimiter : options.header_delimiter;
    this.#ignoreQuotes = options.ignore_quotes;
    this.#row = { delimiter, lazyQuotes: options.lazy_quotes, mostFields: mostParts, error: formatFailure };
    this.#header = options.header.split(this.#headerDelimiter);
  }

  useHeader(text: string): void {
    if (text === this.#headerText) return;
    this.#headerText = text;
    this.#header = text.split(this.#headerDelimiter);
  }

  parse(text: string, target: ParseTarget): void {
    const names = this.#header;
    const fields = this.#ignoreQuotes ? text.split(this.#row.delimiter, mostParts + 1) : readCsvRow(text, this.#row);
    if (fields.length !== names.length)
      throw formatFailure(`wrong number of fields: expected ${names.length}, found ${fields.length}`);
    const map = target.map();
    for (let i = 0; i < names.length; i++) map.set(names[i] ?? '', fields[i] ?? '');
  }
}

/** Takes the header from an attribute where the options say so; an entry without it is dropped, as upstream does. */
export class HeaderGate implements Operator {
  readonly #parser: CsvParser;
  readonly #behind: Operator;

  constructor(parser: CsvParser, behind: Operator) {
    this.#parser = parser;
    this.#behind = behind;
  }

  process(entry: LogEntry): OperatorVerdict {
    const { headerAttribute: name } = this.#parser;
    if (name !== '') {
      const value = entry.attributes.get(name);
      if (value === undefined) return EntryFailure.dropping(`failed to read dynamic header attribute ${name}`);
      const header = entryText(value);
      if (header === undefined)
        return EntryFailure.dropping(`header is expected to be a string but is ${goTypeOf(value)}`);
      this.#parser.useHeader(header);
    }
    return this.#behind.process(entry);
  }
}
