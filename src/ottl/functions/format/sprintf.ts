import { OttlError } from '../../ottl-error.js';
import { typeName, type Value } from '../../value.js';
import { longestText } from '../limits.js';
import { formatVerb, verbText, type Directive } from './verbs.js';

/** Go takes a larger width or precision for a mistake. */
const widest = 1_000_000;
const directive = /%([-+# 0]*)(?:\[(\d{1,7})\])?(\*|\d+)?(?:(\.)(?:\[(\d{1,7})\])?(\*|\d*))?(?:\[(\d{1,7})\])?/y;

/** Writes values into a format as Go's `Sprintf` does, with its words for what does not fit. */
export function sprintf(format: string, values: readonly Value[]): string {
  const writer = new Writer(format, values);
  return writer.write();
}

class Writer {
  readonly #format: string;
  readonly #values: readonly Value[];
  #next = 0;
  #isReordered = false;
  #isBadIndex = false;
  #text = '';

  constructor(format: string, values: readonly Value[]) {
    this.#format = format;
    this.#values = values;
  }

  write(): string {
    for (let at = 0; at < this.#format.length;) {
      const percent = this.#format.indexOf('%', at);
      if (percent < 0) {
        this.#add(this.#format.slice(at));
        break;
      }
      this.#add(this.#format.slice(at, percent));
      at = this.#directive(percent);
    }
    if (!this.#isReordered && this.#next < this.#values.length) {
      const extra = this.#values.slice(this.#next).map((value) => typedText(value));
      this.#add(`%!(EXTRA ${extra.join(', ')})`);
    }
    return this.#text;
  }

  /** Writes what a directive stands for and returns the place behind it. */
  #directive(percent: number): number {
    directive.lastIndex = percent;
    const found = directive.exec(this.#format);
    const [all = '%', flags = '', widthIndex, width, point, precisionIndex, precision, index] = found ?? [];
    this.#isBadIndex = false;
    this.#goTo(widthIndex);
    let given = { ...flagsOf(flags) };
    given = { ...given, ...this.#width(width) };
    if (point !== undefined) {
      this.#goTo(precisionIndex);
      given = { ...given, ...this.#precision(precision ?? '') };
    }
    this.#goTo(index);
    const behind = percent + all.length;
    const codePoint = this.#format.codePointAt(behind);
    if (codePoint === undefined) {
      this.#add('%!(NOVERB)');
      return behind;
    }
    const verb = String.fromCodePoint(codePoint);
    this.#add(this.#value(verb, given));
    return behind + verb.length;
  }

  #value(verb: string, given: Directive): string {
    if (verb === '%') return '%';
    if (this.#isBadIndex) return `%!${verb}(BADINDEX)`;
    if (this.#next >= this.#values.length) return `%!${verb}(MISSING)`;
    return formatVerb(this.#values[this.#next++], verb, given);
  }

  /** Moves to a value by its number, from 1. */
  #goTo(index: string | undefined): void {
    if (index === undefined) return;
    this.#isReordered = true;
    const place = Number(index) - 1;
    if (place < 0 || place >= this.#values.length) this.#isBadIndex = true;
    else this.#next = place;
  }

  #width(width: string | undefined): Partial<Directive> {
    if (width === undefined) return {};
    const value = width === '*' ? this.#count() : Number(width);
    if (value === undefined || Math.abs(value) > widest) {
      this.#add('%!(BADWIDTH)');
      return {};
    }
    return value < 0 ? { width: -value, minus: true, zero: false } : { width: value };
  }

  #precision(precision: string): Partial<Directive> {
    const value = precision === '*' ? this.#count() : Number(precision);
    if (value === undefined || value < 0 || value > widest) {
      this.#add('%!(BADPREC)');
      return {};
    }
    return { precision: value };
  }

  /** A width or precision that stands among the values. */
  #count(): number | undefined {
    const value = this.#values[this.#next++];
    return typeof value === 'bigint' ? Number(value) : undefined;
  }

  #add(text: string): void {
    this.#text += text;
    if (this.#text.length > longestText) throw new OttlError(`a text of more than ${longestText} characters`);
  }
}

function flagsOf(flags: string): Directive {
  const minus = flags.includes('-');
  return {
    minus,
    plus: flags.includes('+'),
    sharp: flags.includes('#'),
    space: flags.includes(' '),
    zero: flags.includes('0') && !minus,
    width: undefined,
    precision: undefined,
  };
}

function typedText(value: Value): string {
  return value === undefined ? '<nil>' : `${typeName(value)}=${verbText(value)}`;
}
