/** A line of a page, read back. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** As it is written: milliseconds, or seconds in OpenMetrics. */
  readonly time: number | undefined;
  readonly exemplar: { readonly labels: Readonly<Record<string, string>>; readonly value: number } | undefined;
}

export interface Exposition {
  readonly samples: readonly Sample[];
  readonly types: Readonly<Record<string, string>>;
  readonly help: Readonly<Record<string, string>>;
  readonly ended: boolean;
}

/**
 * Reads the text format 0.0.4 and OpenMetrics, one character after the other, as their grammars say: an independent
 * reader for what the writers make. Throws where a page is not well formed, or has a label twice.
 */
export function parseExposition(page: string): Exposition {
  const samples: Sample[] = [];
  const types: Record<string, string> = {};
  const help: Record<string, string> = {};
  let ended = false;
  if (page !== '' && !page.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of page.split('\n').slice(0, -1)) {
    if (ended) throw new Error(`a line behind the end: ${line}`);
    if (line === '# EOF') ended = true;
    else if (line.startsWith('# ')) {
      const reader = new Reader(line.slice(7));
      const name = reader.name();
      reader.expect(' ');
      const rest = reader.rest();
      if (line.startsWith('# TYPE ')) types[name] = rest;
      else if (line.startsWith('# HELP ')) help[name] = unescape(rest);
      else throw new Error(`an unknown comment: ${line}`);
    } else samples.push(sample(line));
  }
  return { samples, types, help, ended };
}

function sample(line: string): Sample {
  const reader = new Reader(line);
  let name = reader.peek() === '{' ? undefined : reader.bare();
  const labels: Record<string, string> = {};
  if (reader.peek() === '{') name = reader.labels(labels) ?? name;
  if (name === undefined) throw new Error(`no name: ${line}`);
  reader.expect(' ');
  const value = numberOf(reader.word());
  let time: number | undefined;
  let exemplar: Sample['exemplar'];
  if (reader.more()) {
    reader.expect(' ');
    if (reader.peek() !== '#') {
      time = numberOf(reader.word());
      if (reader.more()) reader.expect(' ');
    }
    if (reader.peek() === '#') {
      reader.expect('#');
      reader.expect(' ');
      const own: Record<string, string> = {};
      reader.labels(own);
      reader.expect(' ');
      exemplar = { labels: own, value: numberOf(reader.word()) };
      reader.rest();
    }
  }
  if (reader.more()) throw new Error(`more behind the value: ${line}`);
  return { name, labels, value, time, exemplar };
}

function numberOf(word: string): number {
  if (word === '+Inf') return Infinity;
  if (word === '-Inf') return -Infinity;
  if (word === 'NaN') return Number.NaN;
  if (!/^-?\d+(\.\d+)?(e[+-]\d\d+)?$/.test(word)) throw new Error(`no number: ${word}`);
  return Number(word);
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, (_all, character: string) => (character === 'n' ? '\n' : character));
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string {
    return this.#text[this.#at] ?? '';
  }

  more(): boolean {
    return this.#at < this.#text.length;
  }

  expect(character: string): void {
    if (this.peek() !== character) throw new Error(`no ${character} at ${this.#at} of ${this.#text.slice(0, 200)}`);
    this.#at++;
  }

  rest(): string {
    const rest = this.#text.slice(this.#at);
    this.#at = this.#text.length;
    return rest;
  }

  word(): string {
    const from = this.#at;
    while (this.more() && this.peek() !== ' ') this.#at++;
    return this.#text.slice(from, this.#at);
  }

  bare(): string {
    const from = this.#at;
    while (/[a-zA-Z0-9_:]/.test(this.peek())) this.#at++;
    const name = this.#text.slice(from, this.#at);
    if (!/^[a-zA-Z_:]/.test(name)) throw new Error(`no name at ${from} of ${this.#text.slice(0, 200)}`);
    return name;
  }

  name(): string {
    return this.peek() === '"' ? this.quoted() : this.bare();
  }

  quoted(): string {
    this.expect('"');
    let text = '';
    while (this.peek() !== '"') {
      if (!this.more()) throw new Error('no end of a quoted text');
      const character = this.peek();
      this.#at++;
      if (character !== '\\') text += character;
      else {
        const escaped = this.peek();
        this.#at++;
        if (!['\\', '"', 'n'].includes(escaped)) throw new Error(`an unknown escape ${escaped}`);
        text += escaped === 'n' ? '\n' : escaped;
      }
    }
    this.expect('"');
    return text;
  }

  /** Reads `{...}` into `labels`; returns the name of the metric when it stands there. */
  labels(labels: Record<string, string>): string | undefined {
    let metric: string | undefined;
    this.expect('{');
    for (let first = true; this.peek() !== '}'; first = false) {
      if (!first) this.expect(',');
      const isQuoted = this.peek() === '"';
      const name = this.name();
      if (isQuoted && this.peek() !== '=') {
        metric = name;
        continue;
      }
      this.expect('=');
      if (Object.hasOwn(labels, name)) throw new Error(`the label ${name} twice`);
      labels[name] = this.quoted();
    }
    this.expect('}');
    return metric;
  }
}
