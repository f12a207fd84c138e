import type { ErrorOf } from './error-of.js';

export interface CsvReading {
  readonly delimiter: string;
  /** A quote may stand within a field, and a single one within quotes. */
  readonly lazyQuotes: boolean;
  /** Fields that a row may have; any number when it is not set. */
  readonly mostFields?: number;
  /** Makes the error that a fault is thrown as. */
  readonly error: ErrorOf;
}

/**
 * Reads the fields of a row of CSV as Go's `encoding/csv` does. A line end outside of quotes belongs to the field in
 * which it stands, for the text is one row; empty lines are left out. Fails in Go's words.
 */
export function readCsvRow(text: string, options: CsvReading): string[] {
  const reader = new CsvReader(text, options);
  const row: string[] = [];
  let records = 0;
  for (let record = reader.record(); record !== undefined; record = reader.record()) {
    // The first field of a further line is the rest of the field before it.
    const [first = '', ...others] = record;
    if (records++ === 0) row.push(first);
    else row[row.length - 1] += `\n${first}`;
    for (const field of others) row.push(field);
  }
  if (records === 0) throw options.error('no csv lines found');
  return row;
}

class CsvReader {
  readonly #text: string;
  readonly #delimiter: string;
  readonly #lazyQuotes: boolean;
  readonly #mostFields: number;
  readonly #error: ErrorOf;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string, { delimiter, lazyQuotes, mostFields = Infinity, error }: CsvReading) {
    // Go reads line ends of both kinds as one, and drops a carriage return at the end of the text.
    this.#text = text.replaceAll('\r\n', '\n').replace(/\r$/, '');
    this.#delimiter = delimiter;
    this.#lazyQuotes = lazyQuotes;
    this.#mostFields = mostFields;
    this.#error = error;
  }

  /** The fields of the next line that is not empty; undefined at the end. */
  record(): string[] | undefined {
    while (this.#text[this.#at] === '\n') this.#newLine();
    if (this.#at >= this.#text.length) return undefined;
    const startLine = this.#line;
    const fields: string[] = [];
    for (;;) {
      const field = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain();
      if (typeof field !== 'string') return this.#failed(field, startLine, fields);
      fields.push(field);
      if (fields.length > this.#mostFields) throw this.#error(`more than ${this.#mostFields} fields`);
      if (!this.#text.startsWith(this.#delimiter, this.#at) || this.#at >= this.#text.length) break;
      this.#at += this.#delimiter.length;
    }
    if (this.#text[this.#at] === '\n') this.#newLine();
    return fields;
  }

  /** The Collector goes on with the fields in front of a mistake, if there are any. */
  #failed(problem: Problem, startLine: number, fields: string[]): string[] {
    if (fields.length === 0) {
      const start = startLine === this.#line ? '' : `record on line ${startLine}; `;
      const column = Buffer.byteLength(this.#text.slice(this.#lineStart, problem.at)) + 1;
      throw this.#error(`read csv line: ${start}parse error on line ${this.#line}, column ${column}: ${problem.what}`);
    }
    const end = this.#text.indexOf('\n', problem.at);
    this.#at = end === -1 ? this.#text.length : end;
    if (end !== -1) this.#newLine();
    return fields;
  }

  #plain(): string | Problem {
    const text = this.#text;
    let at = this.#at;
    while (at < text.length && text[at] !== '\n' && !text.startsWith(this.#delimiter, at)) {
      if (text[at] === '"' && !this.#lazyQuotes) return { what: 'bare " in non-quoted field', at };
      at++;
    }
    const field = text.slice(this.#at, at);
    this.#at = at;
    return field;
  }

  #quoted(): string | Problem {
    let field = '';
    let from = ++this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      if (this.#text[this.#at] === '\n') {
        this.#line++;
        this.#lineStart = this.#at + 1;
        continue;
      }
      if (this.#text[this.#at] !== '"') continue;
      const next = this.#at + 1;
      if (next >= this.#text.length || this.#text[next] === '\n' || this.#text.startsWith(this.#delimiter, next)) {
        field += this.#text.slice(from, this.#at);
        this.#at = next;
        return field;
      }
      if (this.#text[next] === '"') {
        field += this.#text.slice(from, next);
        this.#at = next;
        from = next + 1;
      } else if (!this.#lazyQuotes) return { what: 'extraneous or missing " in quoted-field', at: this.#at };
    }
    if (!this.#lazyQuotes) return { what: 'extraneous or missing " in quoted-field', at: this.#at };
    return field + this.#text.slice(from);
  }

  #newLine(): void {
    this.#at++;
    this.#line++;
    this.#lineStart = this.#at;
  }
}

interface Problem {
  readonly what: string;
  readonly at: number;
}
