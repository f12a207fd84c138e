import { goQuoted } from '../../strconv/quoted.js';
import { monthNames, shortCalendarName, weekdayNames, zoneNameAt } from './calendar-names.js';
import { daysOfMonth, daysTo, isLeapYear } from './days.js';
import type { LayoutElement, LayoutStep } from './layout-step.js';

const months = monthNames.map((name) => name.toLowerCase());
const shortMonths = months.map(shortCalendarName);
const weekdays = weekdayNames.map((name) => name.toLowerCase());
const shortWeekdays = weekdays.map(shortCalendarName);

/** `mismatch`, or the part of the date that is out of range. */
type Problem = string;

/**
 * Reads texts of one layout as Go's `time.Parse` does, without an object for each: the parts of the last one lie in the
 * fields.
 *
 * @example
 * const reader = new TimeText(goLayout('2006-01-02'), '2006-01-02');
 * if (!reader.read('2024-02-29')) throw new Error(reader.fault);
 */
export class TimeText {
  /** 0 when the layout has no year. */
  year = 0;
  month = 1;
  day = 1;
  hour = 0;
  minute = 0;
  second = 0;
  nanos = 0;
  /** Seconds before UTC; NaN when the text does not say. */
  offset: number = Number.NaN;
  /** An abbreviation such as `CET`, or ''. */
  zoneName = '';
  readonly #layout: string;
  readonly #steps: readonly LayoutStep[];
  /** The form of most layouts, which is read without looking at each step. */
  readonly #usual: UsualLayout | undefined;
  #text = '';
  #at = 0;
  /** 0: the text does not say; 1: the hour is before noon; 2: behind it. */
  #half = 0;
  #dayOfYear = 0;
  /** Where the step began that failed, and which that is; behind the last one for text that is left over. */
  #failedAt = 0;
  #failed = 0;
  #problem: Problem = '';

  constructor(steps: readonly LayoutStep[], layout: string) {
    this.#steps = steps;
    this.#layout = layout;
    this.#usual = usualLayout(steps);
  }

  /** The usual form as numbers: five separators, and 0 to 3 for nothing, a Z, a Z or an offset, an offset behind. */
  get usualForm(): Uint8Array | undefined {
    const usual = this.#usual;
    return usual && Uint8Array.of(...usual.separators, tails.indexOf(usual.tail));
  }

  /** False when the text is not of the layout, or names no date. */
  read(text: string): boolean {
    if (this.#usual !== undefined && text.length <= scratch.length) {
      this.#begin(text);
      const { length } = text;
      // A character beyond a byte is no part of the usual form, and none of it looks like one.
      for (let i = 0; i < length; i++) scratch[i] = Math.min(text.charCodeAt(i), 255);
      if (this.#readUsual(scratch, 0, length, this.#usual)) return true;
    }
    this.#begin(text);
    const steps = this.#steps;
    for (let i = 0; i < steps.length; i++) {
      const { element, text: literal, afterSpace } = steps[i] as LayoutStep;
      const start = this.#at;
      if (afterSpace) this.#skipSpace();
      const problem = element === undefined ? this.#literal(literal) : this.#element(element, literal, steps[i + 1]);
      if (problem !== undefined) return this.#fail(problem, i, start);
    }
    if (this.#at < text.length) return this.#fail('extra text', steps.length, this.#at);
    if (this.#half === 2 && this.hour < 12) this.hour += 12;
    else if (this.#half === 1 && this.hour === 12) this.hour = 0;
    if (this.#dayOfYear > 0 && !this.#takeDayOfYear()) return this.#fail('day-of-year', 0, 0);
    if (this.day < 1 || this.day > daysOfMonth(this.year, this.month)) return this.#fail('day', 0, 0);
    return true;
  }

  /** The same for the text `bytes[from, to)`, without a string of it where it is written as usual. */
  readBytes(bytes: Buffer, from: number, to: number): boolean {
    if (this.#usual === undefined) return this.read(bytes.toString('utf8', from, to));
    this.#begin('');
    return this.#readUsual(bytes, from, to, this.#usual) || this.read(bytes.toString('utf8', from, to));
  }

  /** Seconds since 1970 that the clock would show in UTC, in another year than its own if one is given. */
  local(year: number = this.year): number {
    return daysTo(year, this.month, this.day) * 86_400 + this.hour * 3600 + this.minute * 60 + this.second;
  }

  /** Why the last text was refused, in Go's words. */
  get fault(): string {
    const text = goQuoted(this.#text);
    const rest = goQuoted(this.#text.slice(this.#failedAt));
    if (this.#problem === 'extra text') return `parsing time ${text}: extra text: ${rest}`;
    if (this.#problem !== 'mismatch') return `parsing time ${text}: ${this.#problem} out of range`;
    const step = goQuoted(this.#steps[this.#failed]?.text ?? '');
    return `parsing time ${text} as ${goQuoted(this.#layout)}: cannot parse ${rest} as ${step}`;
  }

  /** False for any text that is not written in full, and for one that names no date: the steps say why. */
  #readUsual(bytes: Uint8Array, from: number, to: number, { separators, tail }: UsualLayout): boolean {
    if (to - from < 19) return false;
    for (let i = 0; i < 5; i++) if (bytes[from + (separatorPlaces[i] ?? 0)] !== separators[i]) return false;
    const [century, year] = [pairAt(bytes, from), pairAt(bytes, from + 2)];
    this.year = century * 100 + year;
    this.month = pairAt(bytes, from + 5);
    this.day = pairAt(bytes, from + 8);
    this.hour = pairAt(bytes, from + 11);
    this.minute = pairAt(bytes, from + 14);
    this.second = pairAt(bytes, from + 17);
    if (century < 0 || year < 0 || this.hour < 0 || this.minute < 0 || this.second < 0) return false;
    if (this.month < 1 || this.month > 12 || this.hour > 23 || this.minute > 59 || this.second > 59) return false;
    if (this.day < 1 || this.day > daysOfMonth(this.year, this.month)) return false;
    const at = this.#usualFraction(bytes, from + 19, to);
    if (tail === undefined) return at === to;
    if (bytes[at] === 0x5a && tail !== 'offset') {
      if (tail === 'Z or offset') this.offset = 0;
      return at + 1 === to;
    }
    return tail !== 'Z' && this.#usualOffset(bytes, at, to);
  }

  /** A point or comma and digits, or nothing; the place behind it. */
  #usualFraction(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    this.nanos = 0;
    if ((bytes[at] !== 0x2e && bytes[at] !== 0x2c) || !isDigit(bytes[at + 1])) return at;
    let scale = 100_000_000;
    for (at++; at < to && isDigit(bytes[at]); at++) {
      this.nanos += ((bytes[at] ?? 0) - 48) * scale;
      scale = Math.trunc(scale / 10);
    }
    return at;
  }

  /** `+02:00` at the end. */
  #usualOffset(bytes: Uint8Array, at: number, to: number): boolean {
    const sign = bytes[at];
    const [hours, minutes] = [pairAt(bytes, at + 1), pairAt(bytes, at + 4)];
    if ((sign !== 0x2b && sign !== 0x2d) || at + 6 !== to || bytes[at + 3] !== 0x3a) return false;
    if (hours < 0 || hours > 24 || minutes < 0 || minutes > 60) return false;
    this.offset = (sign === 0x2d ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
  }

  #begin(text: string): void {
    this.#text = text;
    this.#at = 0;
    this.year = 0;
    this.month = this.day = 1;
    this.hour = this.minute = this.second = this.nanos = 0;
    this.offset = Number.NaN;
    this.zoneName = '';
    this.#half = this.#dayOfYear = 0;
  }

  #fail(problem: Problem, step: number, at: number): false {
    this.#problem = problem;
    this.#failed = step;
    this.#failedAt = at;
    return false;
  }

  #takeDayOfYear(): boolean {
    if (this.#dayOfYear > (isLeapYear(this.year) ? 366 : 365)) return false;
    this.month = 1;
    this.day = this.#dayOfYear;
    for (let length = daysOfMonth(this.year, this.month); this.day > length;) {
      this.day -= length;
      length = daysOfMonth(this.year, ++this.month);
    }
    return true;
  }

  #element(element: LayoutElement, written: string, next: LayoutStep | undefined): Problem | undefined {
    switch (element) {
      case '2006':
      case '06':
      case '2006|06':
        return this.#year(element);
      case '1':
      case '01!':
        this.month = this.#number(element === '01!');
        return this.month < 0 ? 'mismatch' : this.month < 1 || this.month > 12 ? 'month' : undefined;
      case 'January':
        return this.#monthName(months);
      case 'Jan':
        return this.#monthName(shortMonths);
      case 'Monday':
        return this.#name(weekdays) < 0 ? 'mismatch' : undefined;
      case 'Mon':
        return this.#name(shortWeekdays) < 0 ? 'mismatch' : undefined;
      case '2':
      case '02!':
      case '_2':
        if (element === '_2') this.#skipOneSpace();
        this.day = this.#number(element === '02!');
        return this.day < 0 ? 'mismatch' : undefined;
      case '002!':
      case '__2':
        return this.#yearDay(element === '__2');
      case '15':
        this.hour = this.#number(false);
        return this.hour < 0 ? 'mismatch' : this.hour > 23 ? 'hour' : undefined;
      case '3':
      case '03!':
        this.hour = this.#number(element === '03!');
        return this.hour < 0 ? 'mismatch' : this.hour > 12 ? 'hour' : undefined;
      case '4':
      case '04!':
        this.minute = this.#number(element === '04!');
        return this.minute < 0 ? 'mismatch' : this.minute > 59 ? 'minute' : undefined;
      case '5':
      case '05!':
        return this.#seconds(element === '05!', next);
      case 'PM':
      case 'pm':
        return this.#noon(element);
      case '.999':
        this.#fraction();
        return undefined;
      case '.000':
        return this.#fixedFraction(written.length - 1);
      case 'MST':
        return this.#abbreviation();
      default:
        return this.#offset(element);
    }
  }

  #year(element: LayoutElement): Problem | undefined {
    const text = this.#text;
    const at = this.#at;
    if (element !== '06' && digitsAt(text, at, 4)) {
      this.year = this.#pair(at) * 100 + this.#pair(at + 2);
      this.#at += 4;
      return undefined;
    }
    if (element === '2006' || !digitsAt(text, at, 2)) return 'mismatch';
    const short = this.#pair(at);
    this.year = short >= 69 ? 1900 + short : 2000 + short;
    this.#at += 2;
    return undefined;
  }

  #monthName(names: readonly string[]): Problem | undefined {
    const index = this.#name(names);
    this.month = index + 1;
    return index < 0 ? 'mismatch' : undefined;
  }

  #yearDay(padded: boolean): Problem | undefined {
    if (padded) {
      this.#skipOneSpace();
      this.#skipOneSpace();
    }
    let value = 0;
    let count = 0;
    for (; count < 3 && digitsAt(this.#text, this.#at, 1); count++)
      value = value * 10 + this.#text.charCodeAt(this.#at++) - 48;
    if (count === 0 || (!padded && count < 3)) return 'mismatch';
    this.#dayOfYear = value;
    return value < 1 ? 'day-of-year' : undefined;
  }

  #seconds(isFixed: boolean, next: LayoutStep | undefined): Problem | undefined {
    this.second = this.#number(isFixed);
    if (this.second < 0) return 'mismatch';
    if (this.second > 59) return 'second';
    // A fraction that the layout does not mention is read as well.
    if (next?.element !== '.999' && next?.element !== '.000') this.#fraction();
    return undefined;
  }

  #noon(element: 'PM' | 'pm'): Problem | undefined {
    const text = this.#text;
    if (text.startsWith(element === 'PM' ? 'PM' : 'pm', this.#at)) this.#half = 2;
    else if (text.startsWith(element === 'PM' ? 'AM' : 'am', this.#at)) this.#half = 1;
    else return 'mismatch';
    this.#at += 2;
    return undefined;
  }

  /** A point or comma and digits, or nothing. */
  #fraction(): void {
    const text = this.#text;
    const point = text.charCodeAt(this.#at);
    if ((point !== 0x2e && point !== 0x2c) || !digitsAt(text, this.#at + 1, 1)) return;
    let nanos = 0;
    let scale = 100_000_000;
    let at = this.#at + 1;
    for (; digitsAt(text, at, 1); at++) {
      nanos += (text.charCodeAt(at) - 48) * scale;
      scale = Math.trunc(scale / 10);
    }
    this.nanos = nanos;
    this.#at = at;
  }

  #fixedFraction(digits: number): Problem | undefined {
    const point = this.#text.charCodeAt(this.#at);
    if ((point !== 0x2e && point !== 0x2c) || !digitsAt(this.#text, this.#at + 1, digits)) return 'mismatch';
    const end = this.#at + 1 + digits;
    let nanos = 0;
    for (let i = 0; i < 9; i++) nanos = nanos * 10 + (i < digits ? this.#text.charCodeAt(this.#at + 1 + i) - 48 : 0);
    this.nanos = nanos;
    this.#at = end;
    return undefined;
  }

  #abbreviation(): Problem | undefined {
    if (this.#text.startsWith('UTC', this.#at)) {
      this.offset = 0;
      this.#at += 3;
      return undefined;
    }
    const name = zoneNameAt(this.#text, this.#at);
    if (name === '') return 'mismatch';
    this.zoneName = name;
    this.#at += name.length;
    return undefined;
  }

  #offset(element: LayoutElement): Problem | undefined {
    const text = this.#text;
    const at = this.#at;
    if (element.startsWith('Z') && text.charCodeAt(at) === 0x5a) {
      this.offset = 0;
      this.#at++;
      return undefined;
    }
    const sign = text.charCodeAt(at);
    if ((sign !== 0x2b && sign !== 0x2d) || !digitsAt(text, at + 1, 2)) return 'mismatch';
    const form = element === 'Z0700|Z07:00|Z07' ? formAt(text, at + 3) : element.slice(1);
    const colons = form.includes(':');
    const parts = form === '07' ? 1 : form === '0700' || form === '07:00' ? 2 : 3;
    let end = at + 3;
    let minutes = 0;
    let seconds = 0;
    for (let part = 1; part < parts; part++) {
      if (colons && text.charCodeAt(end++) !== 0x3a) return 'mismatch';
      if (!digitsAt(text, end, 2)) return 'mismatch';
      if (part === 1) minutes = this.#pair(end);
      else seconds = this.#pair(end);
      end += 2;
    }
    const hours = this.#pair(at + 1);
    if (hours > 24) return 'time zone offset hour';
    if (minutes > 60) return 'time zone offset minute';
    if (seconds > 60) return 'time zone offset second';
    const absolute = hours * 3600 + minutes * 60 + seconds;
    this.offset = sign === 0x2d ? -absolute : absolute;
    this.#at = end;
    return undefined;
  }

  /** Text of the layout: a space there is any number of them here. */
  #literal(literal: string): Problem | undefined {
    const text = this.#text;
    let at = this.#at;
    for (let i = 0; i < literal.length; i++) {
      const unit = literal.charCodeAt(i);
      if (unit !== 0x20) {
        if (text.charCodeAt(at) !== unit) return 'mismatch';
        at++;
        continue;
      }
      if (at < text.length && text.charCodeAt(at) !== 0x20) return 'mismatch';
      while (literal.charCodeAt(i + 1) === 0x20) i++;
      while (text.charCodeAt(at) === 0x20) at++;
    }
    this.#at = at;
    return undefined;
  }

  /** One or two digits; -1 for none, and for one where two must be. */
  #number(isFixed: boolean): number {
    const text = this.#text;
    const at = this.#at;
    if (!digitsAt(text, at, 1)) return -1;
    if (digitsAt(text, at + 1, 1)) {
      this.#at += 2;
      return this.#pair(at);
    }
    if (isFixed) return -1;
    this.#at++;
    return text.charCodeAt(at) - 48;
  }

  #pair(at: number): number {
    return (this.#text.charCodeAt(at) - 48) * 10 + this.#text.charCodeAt(at + 1) - 48;
  }

  /** The place of a name in a list, whatever the case of its letters; -1 for none. */
  #name(names: readonly string[]): number {
    for (let i = 0; i < names.length; i++) {
      const name = names[i] ?? '';
      if (!startsWithLetters(this.#text, this.#at, name)) continue;
      this.#at += name.length;
      return i;
    }
    return -1;
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && !(unit >= 9 && unit <= 13)) return;
      this.#at++;
    }
  }

  #skipOneSpace(): void {
    if (this.#text.charCodeAt(this.#at) === 0x20) this.#at++;
  }
}

/** Holds texts that may be of the usual form. */
const scratch = new Uint8Array(48);

/** `2006-01-02T15:04:05.999Z` with any characters between the numbers, and an offset or nothing in place of the Z. */
interface UsualLayout {
  readonly separators: readonly number[];
  readonly tail: 'Z' | 'Z or offset' | 'offset' | undefined;
}

const separatorPlaces: readonly number[] = [4, 7, 10, 13, 16];
/** Each of these numbers may have two digits, whatever its layout. */
const usualElements: readonly string[] = ['2006', '1 01!', '2 02! _2', '15', '4 04!', '5 05!'];
const tails: readonly UsualLayout['tail'][] = [undefined, 'Z', 'Z or offset', 'offset'];
/** Layouts that are written as Z, or as `+02:00`. */
const usualTails: Readonly<Record<string, UsualLayout['tail']>> = {
  'Z07:00': 'Z or offset',
  'Z0700|Z07:00|Z07': 'Z or offset',
  '-07:00': 'offset',
};

function usualLayout(steps: readonly LayoutStep[]): UsualLayout | undefined {
  const separators: number[] = [];
  for (let i = 0; i < 11; i++) {
    const { element, text = '' } = steps[i] ?? {};
    if (i % 2 === 1) {
      if (element !== undefined || text.length !== 1 || text > '\u007f') return undefined;
      separators.push(text.charCodeAt(0));
    } else if (element === undefined || !(usualElements[i / 2] ?? '').split(' ').includes(element)) return undefined;
  }
  const rest = steps.slice(steps[11]?.element === '.999' ? 12 : 11);
  const [last] = rest;
  if (last === undefined) return { separators, tail: undefined };
  if (rest.length > 1) return undefined;
  if (last.element === undefined) return last.text === 'Z' ? { separators, tail: 'Z' } : undefined;
  const tail = usualTails[last.element];
  return tail && { separators, tail };
}

/** The number that two digits are; -1 when one of them is none. */
function pairAt(bytes: Uint8Array, at: number): number {
  const [tens, ones] = [bytes[at], bytes[at + 1]];
  return isDigit(tens) && isDigit(ones) ? (tens - 48) * 10 + ones - 48 : -1;
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** Whether `count` digits stand there. */
function digitsAt(text: string, at: number, count: number): boolean {
  for (let i = at; i < at + count; i++) {
    const unit = text.charCodeAt(i);
    if (!(unit >= 48 && unit <= 57)) return false;
  }
  return true;
}

/** `letters` are small. */
function startsWithLetters(text: string, at: number, letters: string): boolean {
  for (let i = 0; i < letters.length; i++) if ((text.charCodeAt(at + i) | 0x20) !== letters.charCodeAt(i)) return false;
  return true;
}

/** The form of an offset behind its hours. */
function formAt(text: string, at: number): string {
  if (text.charCodeAt(at) === 0x3a) return '07:00';
  return digitsAt(text, at, 2) ? '0700' : '07';
}
