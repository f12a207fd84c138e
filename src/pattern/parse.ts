import { charSet, lastOf, complement, single, union, type CharSet } from './char-set.js';
import { concat, type AssertedPlace, type Syntax } from './syntax.js';

/** Thrown within the parser for what it does not read. */
class Unread extends Error {}

/**
 * Reads a pattern that Go accepts (`checked` by re2js before). Undefined for the few things that this reader leaves to
 * re2js: Unicode categories, and letters beyond ASCII without regard to case.
 */
export function parse(checked: string): Syntax | undefined {
  try {
    return new Reader(checked).read();
  } catch (error) {
    if (error instanceof Unread) return undefined;
    throw error;
  }
}

interface Flags {
  readonly fold: boolean;
  readonly lines: boolean;
  readonly dotAll: boolean;
  readonly lazy: boolean;
}

const digits: CharSet = [48, 57];
const lower: CharSet = [97, 122];
const upper: CharSet = [65, 90];
const space: CharSet = [9, 10, 12, 13, 32, 32];
const word: CharSet = [48, 57, 65, 90, 95, 95, 97, 122];
const anything: CharSet = [0, 0x10ffff];
const notNewline: CharSet = complement([10, 10]);

const perl: ReadonlyMap<string, CharSet> = new Map([
  ['d', digits],
  ['s', space],
  ['w', word],
]);

const posix: ReadonlyMap<string, CharSet> = new Map([
  ['alnum', union([digits, upper, lower])],
  ['alpha', union([upper, lower])],
  ['ascii', [0, 127]],
  ['blank', [9, 9, 32, 32]],
  ['cntrl', [0, 31, 127, 127]],
  ['digit', digits],
  ['graph', [33, 126]],
  ['lower', lower],
  ['print', [32, 126]],
  ['punct', [33, 47, 58, 64, 91, 96, 123, 126]],
  ['space', [9, 13, 32, 32]],
  ['upper', upper],
  ['word', word],
  ['xdigit', [48, 57, 65, 70, 97, 102]],
]);

const controls: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
]);

const places: ReadonlyMap<string, AssertedPlace> = new Map([
  ['A', 'text start'],
  ['z', 'text end'],
  ['b', 'word boundary'],
  ['B', 'no word boundary'],
]);

class Reader {
  readonly #text: string;
  #at = 0;
  #flags: Flags = { fold: false, lines: false, dotAll: false, lazy: false };

  constructor(text: string) {
    this.#text = text;
  }

  read(): Syntax {
    const node = this.#alternation();
    if (this.#at < this.#text.length) throw new Unread();
    return node;
  }

  #alternation(): Syntax {
    const branches = [this.#branch()];
    while (this.#take('|')) branches.push(this.#branch());
    const [first] = branches;
    return first !== undefined && branches.length === 1 ? first : { kind: 'alternate', branches };
  }

  #branch(): Syntax {
    const parts: Syntax[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      if (this.#take('\\Q')) parts.push(...this.#quoted());
      else parts.push(this.#item());
      // A repetition after a quotation is that of its last character.
      const last = parts.pop();
      if (last !== undefined) parts.push(this.#repeated(last));
    }
    return concat(parts);
  }

  #quoted(): Syntax[] {
    const end = this.#text.indexOf('\\E', this.#at);
    const quoted = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 2;
    return [...quoted].map((character) => this.#literal(character.codePointAt(0) ?? 0));
  }

  #item(): Syntax {
    const { lines, dotAll } = this.#flags;
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return { kind: 'set', set: this.#class() };
    if (this.#take('.')) return { kind: 'set', set: dotAll ? anything : notNewline };
    if (this.#take('^')) return { kind: 'assert', place: lines ? 'line start' : 'text start' };
    if (this.#take('$')) return { kind: 'assert', place: lines ? 'line end' : 'text end' };
    if (!this.#take('\\')) return this.#literal(this.#next());
    const sign = this.#text[this.#at] ?? '';
    const place = places.get(sign);
    if (place !== undefined) {
      this.#at++;
      return { kind: 'assert', place };
    }
    const group = this.#perlClass();
    return group === undefined ? this.#literal(this.#escaped()) : { kind: 'set', set: group };
  }

  #group(): Syntax {
    const outer = this.#flags;
    let isCapture = true;
    if (this.#take('?')) {
      if (this.#take('P<') || this.#take('<')) this.#at = this.#text.indexOf('>', this.#at) + 1;
      else {
        isCapture = false;
        // `(?i)` changes the rest of the group around it, `(?i:...)` only what is inside.
        if (this.#readFlags() === ')') return concat([]);
      }
    }
    const body = this.#alternation();
    if (!this.#take(')')) throw new Unread();
    this.#flags = outer;
    return isCapture ? { kind: 'capture', body } : body;
  }

  #readFlags(): string {
    let { fold, lines, dotAll, lazy } = this.#flags;
    for (let value = true; ;) {
      const sign = String.fromCodePoint(this.#next());
      if (sign === '-') value = false;
      else if (sign === 'i') fold = value;
      else if (sign === 'm') lines = value;
      else if (sign === 's') dotAll = value;
      else if (sign === 'U') lazy = value;
      else {
        this.#flags = { fold, lines, dotAll, lazy };
        return sign;
      }
    }
  }

  #repeated(body: Syntax): Syntax {
    const range = this.#repetition();
    if (range === undefined) return body;
    const [min, max] = range;
    const greedy = this.#take('?') === this.#flags.lazy;
    return { kind: 'repeat', body, min, max, greedy };
  }

  #repetition(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    const counts = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (counts === null) return undefined;
    const [all, min = '', comma, max = ''] = counts;
    // Go reads a number with zeros in front as text.
    if (/^0\d/.test(min) || /^0\d/.test(max)) return undefined;
    this.#at += all.length;
    if (comma === undefined) return [Number(min), Number(min)];
    return [Number(min), max === '' ? Infinity : Number(max)];
  }

  #literal(codePoint: number): Syntax {
    return { kind: 'set', set: this.#folded(single(codePoint)) };
  }

  /** The content of brackets, behind the first. */
  #class(): CharSet {
    const isNegated = this.#take('^');
    const sets: CharSet[] = [];
    for (let first = true; first || !this.#take(']'); first = false) {
      if (this.#take('[:')) sets.push(this.#posixClass());
      else {
        const isEscape = this.#take('\\');
        const group = isEscape ? this.#perlClass() : undefined;
        sets.push(group ?? this.#folded(this.#range(isEscape)));
      }
    }
    return isNegated ? complement(union(sets)) : union(sets);
  }

  #range(isEscape: boolean): CharSet {
    const first = isEscape ? this.#escaped() : this.#next();
    if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']') return single(first);
    this.#at++;
    return [first, this.#take('\\') ? this.#escaped() : this.#next()];
  }

  #posixClass(): CharSet {
    const isNegated = this.#take('^');
    const end = this.#text.indexOf(':]', this.#at);
    const set = posix.get(this.#text.slice(this.#at, end));
    if (set === undefined) throw new Unread();
    this.#at = end + 2;
    return isNegated ? complement(this.#folded(set)) : this.#folded(set);
  }

  /** After a backslash: `\d` and its like. */
  #perlClass(): CharSet | undefined {
    const sign = this.#text[this.#at] ?? '';
    if (sign === 'p' || sign === 'P') throw new Unread();
    const set = perl.get(sign.toLowerCase());
    if (set === undefined) return undefined;
    this.#at++;
    const folded = this.#folded(set);
    return perl.has(sign) ? folded : complement(folded);
  }

  /** After a backslash: the character that is meant. */
  #escaped(): number {
    const codePoint = this.#next();
    const sign = String.fromCodePoint(codePoint);
    if (sign === 'x') return this.#hexadecimal();
    if (/[0-7]/.test(sign)) {
      const octal = /^[0-7]{0,2}/.exec(this.#text.slice(this.#at, this.#at + 2))?.[0] ?? '';
      this.#at += octal.length;
      return Number.parseInt(sign + octal, 8);
    }
    return controls.get(sign) ?? codePoint;
  }

  #hexadecimal(): number {
    const hasBraces = this.#take('{');
    const end = hasBraces ? this.#text.indexOf('}', this.#at) : this.#at + 2;
    const value = Number.parseInt(this.#text.slice(this.#at, end), 16);
    this.#at = hasBraces ? end + 1 : end;
    return value;
  }

  /** A set with the other case of its letters: beside those of ASCII the Kelvin sign and the long s. */
  #folded(set: CharSet): CharSet {
    if (!this.#flags.fold) return set;
    if (lastOf(set) > 127) throw new Unread();
    const more: number[] = [];
    for (let i = 0; i < set.length; i += 2)
      for (let c = set[i] ?? 0; c <= (set[i + 1] ?? 0); c++) {
        const letter = c | 32;
        if (letter < 97 || letter > 122) continue;
        more.push(c ^ 32, c ^ 32);
        if (letter === 107) more.push(0x212a, 0x212a);
        if (letter === 115) more.push(0x17f, 0x17f);
      }
    return charSet([...set, ...more]);
  }

  #take(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #next(): number {
    const codePoint = this.#text.codePointAt(this.#at);
    if (codePoint === undefined) throw new Unread();
    this.#at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }
}
