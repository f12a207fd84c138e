import type { ErrorOf } from './error-of.js';

/** A value of JSON text; `Nothing` stands for null, `Members` for an object. */
export type JsonValue<Nothing, Members> =
  | Nothing
  | boolean
  | number
  | bigint
  | string
  | JsonValue<Nothing, Members>[]
  | Members;

/** Takes the members of an object, of equal keys the last one. */
export interface JsonMembers<Nothing, Members> {
  set(key: string, value: JsonValue<Nothing, Members>): unknown;
}

export interface JsonReading<Nothing, Members> {
  readonly nothing: Nothing;
  /** An empty object. */
  readonly members: () => Members;
  /** Whole numbers without a point or an exponent are int64, as far as they fit; else all numbers are float64. */
  readonly ints?: boolean;
  /** Values that a text may have, 250,000 when it is not set. */
  readonly mostValues?: number;
  /** Makes the error that a fault is thrown as. */
  readonly error: ErrorOf;
}

/** As deep as the Collector reads. */
const deepest = 10_000;
/** A value takes some 50 bytes of memory, and as little as two of text. */
const usualMostValues = 250_000;

const number = /[0-9.eE+-]+/y;
/** The texts that Go reads as a float, without the forms that JSON text cannot begin. */
const float = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const whole = /^-?\d+$/;
/** Digits of an int64, with its sign. */
const longestInt = 20;
const attributeText = /[^"\\\0]*/y;

const escapes: Readonly<Record<string, string>> = {
  '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t',
}; // prettier-ignore

/**
 * Reads JSON text without recursion; of equal keys the last one holds. It accepts what the Collector's reader does,
 * control characters in texts for one, and fails in its words.
 */
export function readJson<Nothing, Members extends JsonMembers<Nothing, Members>>(
  text: string,
  reading: JsonReading<Nothing, Members>,
): JsonValue<Nothing, Members> {
  return new JsonReader(text, reading).read();
}

class JsonReader<Nothing, Members extends JsonMembers<Nothing, Members>> {
  readonly #text: string;
  readonly #nothing: Nothing;
  readonly #members: () => Members;
  readonly #ints: boolean;
  readonly #mostValues: number;
  readonly #error: ErrorOf;
  #at = 0;
  #values = 0;
  /** Objects and lists that are open, the outermost first. */
  readonly #open: Container<Nothing, Members>[] = [];
  /** The keys under which the objects among them stand to get a value. */
  readonly #keys: string[] = [];

  constructor(
    text: string,
    { nothing, members, ints = false, mostValues = usualMostValues, error }: JsonReading<Nothing, Members>,
  ) {
    this.#text = text;
    this.#nothing = nothing;
    this.#members = members;
    this.#ints = ints;
    this.#mostValues = mostValues;
    this.#error = error;
  }

  read(): JsonValue<Nothing, Members> {
    let done = this.#value();
    for (let container = this.#open.at(-1); container !== undefined; container = this.#open.at(-1))
      done = this.#inside(container, done);
    this.#space();
    if (this.#at < this.#text.length) throw this.#error(`invalid character '${this.#here()}' after top-level value`);
    return done.isComplete ? done.value : this.#nothing;
  }

  /** Continues in the innermost open container, after a value in it is complete. */
  #inside(container: Container<Nothing, Members>, last: Step<Nothing, Members>): Step<Nothing, Members> {
    if (last.isComplete) this.#put(container, last.value);
    this.#space();
    const isList = Array.isArray(container);
    if (this.#text[this.#at] === (isList ? ']' : '}')) {
      this.#at++;
      this.#open.pop();
      return complete(container);
    }
    if (last.isComplete) this.#comma(isList);
    if (!isList) this.#key();
    return this.#value();
  }

  #put(container: Container<Nothing, Members>, value: JsonValue<Nothing, Members>): void {
    if (Array.isArray(container)) container.push(value);
    else container.set(this.#keys.pop() ?? '', value);
  }

  #comma(isList: boolean): void {
    if (this.#text[this.#at] === ',') {
      this.#at++;
      return;
    }
    if (!isList) throw this.#error('expected comma after object value');
    throw this.#error(invalidAs(this.#text[this.#at], 'slice'));
  }

  #key(): void {
    this.#space();
    if (this.#text[this.#at] !== '"') this.#noValue();
    this.#keys.push(this.#string());
    this.#space();
    if (this.#text[this.#at] !== ':') throw this.#error('expected colon after object key');
    this.#at++;
  }

  /** Reads a value, or opens a container. */
  #value(): Step<Nothing, Members> {
    this.#space();
    if (++this.#values > this.#mostValues) throw this.#error(`JSON text with more than ${this.#mostValues} values`);
    switch (this.#text[this.#at]) {
      case '{':
        return this.#start(this.#members());
      case '[':
        return this.#start([]);
      case '"':
        return complete(this.#string());
      case 't':
        return complete(this.#word('true', true));
      case 'f':
        return complete(this.#word('false', false));
      case 'n':
        return complete(this.#word('null', this.#nothing));
      default:
        return complete(this.#number());
    }
  }

  #start(container: Container<Nothing, Members>): Step<Nothing, Members> {
    if (this.#open.length >= deepest) throw this.#error(`invalid character '${this.#here()}' exceeded max depth`);
    this.#open.push(container);
    this.#at++;
    return opened;
  }

  #word<W>(word: string, value: W): W {
    for (let i = 1; i < word.length; i++) {
      const character = this.#text[this.#at + i];
      if (character === undefined) throw this.#error(`json: ${word} unexpected end of JSON input`);
      if (character !== word[i]) throw this.#error(invalidAs(character, word));
    }
    this.#at += word.length;
    return value;
  }

  #number(): number | bigint {
    if (!/[0-9-]/.test(this.#here())) this.#noValue();
    number.lastIndex = this.#at;
    const digits = number.exec(this.#text)?.[0] ?? '';
    const value = Number(digits);
    if (!float.test(digits) || Number.isNaN(value))
      throw this.#error(`strconv.ParseFloat: parsing "${digits.slice(0, 100)}": invalid syntax`);
    if (!Number.isFinite(value))
      throw this.#error(`strconv.ParseFloat: parsing "${digits.slice(0, 100)}": value out of range`);
    this.#at += digits.length;
    if (!this.#ints || digits.length > longestInt || !whole.test(digits)) return value;
    const int = BigInt(digits);
    return BigInt.asIntN(64, int) === int ? int : value;
  }

  #string(): string {
    this.#at++;
    let text = '';
    for (;;) {
      attributeText.lastIndex = this.#at;
      const plain = attributeText.exec(this.#text)?.[0] ?? '';
      this.#at += plain.length;
      text += plain;
      const next = this.#text[this.#at];
      if (next === '"') break;
      if (next !== '\\') throw this.#error('json: string unexpected end of JSON input');
      text += this.#escape();
    }
    this.#at++;
    // Half of a surrogate pair is no character.
    return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error(invalidAs(letter, 'escaped unicode char'));
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = escapes[letter];
    if (character === undefined) throw this.#error(invalidAs(letter, 'escaped string'));
    this.#at += 2;
    return character;
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    }
  }

  /** The next character; Go's text ends with a NUL. */
  #here(): string {
    return this.#text[this.#at] ?? '\0';
  }

  #noValue(): never {
    throw this.#error(`invalid character '${this.#here()}' looking for beginning of value`);
  }
}

/** A value that is complete, or a container that has been opened. */
type Step<Nothing, Members> =
  | { readonly isComplete: true; readonly value: JsonValue<Nothing, Members> }
  | { readonly isComplete: false };

type Container<Nothing, Members> = Members | JsonValue<Nothing, Members>[];

const opened = { isComplete: false } as const;

function complete<Nothing, Members>(value: JsonValue<Nothing, Members>): Step<Nothing, Members> {
  return { isComplete: true, value };
}

function invalidAs(character: string | undefined, what: string): string {
  return character === undefined
    ? `json: invalid character as ${what}`
    : `json: invalid character ${character} as ${what}`;
}
