import { zoneNameAt } from '../../../formats/time/calendar-names.js';
import type { Element, Step } from '../../../formats/time/strptime.js';
import type { TimeNames } from './time-names.js';

/** The parts of a date that a text has, as far as it has been read. */
export interface Reading {
  /** Position of the next character. */
  readonly at: number;
  readonly year: number | undefined;
  readonly month: number | undefined;
  readonly day: number | undefined;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  readonly isAfternoon: boolean | undefined;
  /** Seconds before UTC. */
  readonly offset: number | undefined;
  /** Set by a `Z` or by `UTC`. */
  readonly isUtc: boolean;
  readonly abbreviation: string | undefined;
}

/** Undefined for success, `mismatch`, or the part of the date that is out of range. */
type Problem = string | undefined;

/** Offsets by element: positions of signs, digits and colons. */
const offsetForms: Readonly<Record<string, RegExp>> = {
  Z0700: /[+-]\d{4}/y,
  '-0700': /[+-]\d{4}/y,
  'Z0700|Z07:00|Z07': /[+-]\d{2}(?::?\d{2})?/y,
  '-07:00': /[+-]\d{2}:\d{2}/y,
  '-07': /[+-]\d{2}/y,
  '-07:00:00': /[+-]\d{2}:\d{2}:\d{2}/y,
  '-070000': /[+-]\d{6}/y,
};

/** Reads a text step by step. */
export function elementReader(text: string, names: TimeNames): ElementReader {
  return new ElementReader(text, names);
}

export class ElementReader implements Reading {
  at = 0;
  year: number | undefined;
  month: number | undefined;
  day: number | undefined;
  hour = 0;
  minute = 0;
  second = 0;
  nanosecond = 0;
  isAfternoon: boolean | undefined;
  offset: number | undefined;
  isUtc = false;
  abbreviation: string | undefined;
  readonly #text: string;
  readonly #names: TimeNames;

  constructor(text: string, names: TimeNames) {
    this.#text = text;
    this.#names = names;
  }

  /** Reads one step. `fractionFollows` says whether digits behind the seconds belong to the next step. */
  step(step: Step, fractionFollows: boolean): Problem {
    const { element, text } = step;
    const isNumber = /^[0-9Z]/.test(text);
    // Space in front of numbers and of zones is passed over, if it comes from a directive.
    if (isNumber && step.directive.startsWith('%')) this.#skipSpace();
    return element === undefined ? this.#literal(text) : this.#element(element, fractionFollows);
  }

  #element(element: Element, fractionFollows: boolean): Problem {
    switch (element) {
      case '2006':
      case '06':
      case '2006|06':
        return this.#year(element);
      case 'Jan':
      case 'January':
        return this.#monthName(element === 'Jan' ? this.#names.shortMonths : this.#names.longMonths);
      case 'Mon':
        return this.#name(this.#names.shortWeekdays) === -1 ? 'mismatch' : undefined;
      case 'Monday':
        return this.#name(this.#names.longWeekdays) === -1 ? 'mismatch' : undefined;
      case 'PM':
      case 'pm':
        return this.#half(element);
      case '.999':
        return this.#fraction();
      case 'MST':
        return this.#abbreviation();
      default:
        return element in offsetForms ? this.#offset(element) : this.#number(element, fractionFollows);
    }
  }

  #number(element: Element, fractionFollows: boolean): Problem {
    const value = this.#digits(1, 2);
    if (value === undefined) return 'mismatch';
    switch (element) {
      case '1':
      case '01':
        this.month = value;
        return value < 1 || value > 12 ? 'month' : undefined;
      case '2':
      case '02':
      case '_2':
        this.day = value;
        return undefined;
      case '3':
      case '03':
        this.hour = value;
        return value > 12 ? 'hour' : undefined;
      case '15':
        this.hour = value;
        return value > 23 ? 'hour' : undefined;
      case '4':
      case '04':
        this.minute = value;
        return value > 59 ? 'minute' : undefined;
      default:
        this.second = value;
        // A fraction that the format does not mention is read as well.
        if (value <= 59 && !fractionFollows) this.#fraction();
        return value > 59 ? 'second' : undefined;
    }
  }

  #year(element: Element): Problem {
    const four = element === '06' ? undefined : this.#digits(4, 4);
    if (four !== undefined) {
      this.year = four;
      return undefined;
    }
    const two = element === '2006' ? undefined : this.#digits(2, 2);
    if (two === undefined) return 'mismatch';
    this.year = two >= 69 ? 1900 + two : 2000 + two;
    return undefined;
  }

  #monthName(names: readonly (readonly string[])[]): Problem {
    const month = this.#name(names);
    this.month = month + 1;
    return month === -1 ? 'mismatch' : undefined;
  }

  #half(element: 'PM' | 'pm'): Problem {
    const { halves } = this.#names;
    if (halves !== undefined) {
      const half = this.#name(halves);
      this.isAfternoon = half === 1;
      return half === -1 ? 'mismatch' : undefined;
    }
    const word = this.#text.slice(this.at, this.at + 2);
    const [morning, afternoon] = element === 'PM' ? ['AM', 'PM'] : ['am', 'pm'];
    if (word !== morning && word !== afternoon) return 'mismatch';
    this.isAfternoon = word === afternoon;
    this.at += 2;
    return undefined;
  }

  #fraction(): undefined {
    const point = this.#text[this.at];
    if ((point !== '.' && point !== ',') || !isDigit(this.#text, this.at + 1)) return undefined;
    let end = this.at + 1;
    while (isDigit(this.#text, end)) end++;
    this.nanosecond = Number(this.#text.slice(this.at + 1, Math.min(end, this.at + 10)).padEnd(9, '0'));
    this.at = end;
    return undefined;
  }

  #abbreviation(): Problem {
    if (this.#text.startsWith('UTC', this.at)) {
      this.isUtc = true;
      this.at += 3;
      return undefined;
    }
    const name = zoneNameAt(this.#text, this.at);
    if (name === '') return 'mismatch';
    this.abbreviation = name;
    this.at += name.length;
    return undefined;
  }

  #offset(element: Element): Problem {
    if (element.startsWith('Z') && this.#text[this.at] === 'Z') {
      this.isUtc = true;
      this.at++;
      return undefined;
    }
    const form = offsetForms[element] as RegExp;
    form.lastIndex = this.at;
    const found = form.exec(this.#text)?.[0];
    if (found === undefined) return 'mismatch';
    const [hours = 0, minutes = 0, seconds = 0] = (found.match(/\d\d/g) ?? []).map(Number);
    if (hours > 24) return 'time zone offset hour';
    if (minutes > 60) return 'time zone offset minute';
    if (seconds > 60) return 'time zone offset second';
    const absolute = hours * 3600 + minutes * 60 + seconds;
    this.offset = found.startsWith('-') ? -absolute : absolute;
    this.at += found.length;
    return undefined;
  }

  #literal(text: string): Problem {
    let at = this.at;
    for (let i = 0; i < text.length; i++) {
      if (text[i] !== ' ') {
        if (text[i] !== this.#text[at]) return 'mismatch';
        at++;
        continue;
      }
      // One space or more in the format are one or more in the text, or its end.
      if (at < this.#text.length && this.#text[at] !== ' ') return 'mismatch';
      while (text[i + 1] === ' ') i++;
      while (this.#text[at] === ' ') at++;
    }
    this.at = at;
    return undefined;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text.charAt(this.at))) this.at++;
  }

  #digits(least: number, most: number): number | undefined {
    let end = this.at;
    while (end < this.at + most && isDigit(this.#text, end)) end++;
    if (end - this.at < least) return undefined;
    const value = Number(this.#text.slice(this.at, end));
    this.at = end;
    return value;
  }

  /** The place of a name in a list, or -1. */
  #name(names: readonly (readonly string[])[]): number {
    const longest = 40;
    const text = this.#text.slice(this.at, this.at + longest).toLowerCase();
    let found = -1;
    let length = 0;
    for (const [index, forms] of names.entries())
      for (const form of forms)
        if (form.length > length && text.startsWith(form)) {
          found = index;
          length = form.length;
        }
    this.at += length;
    return found;
  }
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}
