import { readInt64 } from '../../strconv/read-number.js';
import type { LogEntry } from '../entry.js';
import { goTypeOf, entryText, type EntryValue } from '../entry-value.js';
import type { EntryField } from '../field.js';
import { EntryFailure } from '../operator.js';
import { absentField } from './absent-field.js';
import type { EntryStage } from './stage.js';

/** Nanoseconds of a layout's unit; of a layout with a point the unit behind it. */
export const epochLayouts: Readonly<Record<string, number>> = {
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  ns: 1,
  's.ms': 1e6,
  's.us': 1e3,
  's.ns': 1,
};

/** Digits of a fraction that a double is written with. */
const fractionDigits: Readonly<Record<string, number>> = { 's.ms': 3, 's.us': 6, 's.ns': 9 };

/** A number of units since 1970 as the time of an entry. */
export class EpochTime implements EntryStage {
  readonly #from: EntryField;
  readonly #layout: string;
  readonly #unit: number;
  /** Undefined for a layout of whole units. */
  readonly #digits: number | undefined;

  constructor(from: EntryField, layout: string) {
    this.#from = from;
    this.#layout = layout;
    this.#unit = epochLayouts[layout] ?? 1;
    this.#digits = fractionDigits[layout];
  }

  apply(entry: LogEntry): EntryFailure | undefined {
    const value = this.#from.get(entry);
    if (value === undefined) return absentField(this.#from);
    if (typeof value === 'number' && this.#digits === undefined && Number.isSafeInteger(Math.trunc(value))) {
      this.#setWhole(entry, Math.trunc(value));
      return undefined;
    }
    const text = this.#textOf(value);
    if (text === undefined) return new EntryFailure(`type ${goTypeOf(value)} cannot be parsed as a time`);
    if (this.#set(entry, text)) return undefined;
    return new EntryFailure(`invalid value '${text.slice(0, 200)}' for layout '${this.#layout}'`);
  }

  #textOf(value: EntryValue): string | undefined {
    const digits = this.#digits;
    if (typeof value === 'bigint') return digits === undefined ? String(value) : `${value}.0`;
    if (typeof value === 'number') {
      if (digits !== undefined) return value.toFixed(digits);
      return Number.isFinite(value) ? String(BigInt(Math.trunc(value))) : String(value);
    }
    return entryText(value);
  }

  #set(entry: LogEntry, text: string): boolean {
    if (this.#digits !== undefined) return this.#setParts(entry, text);
    const whole = wholeNumber(text);
    if (typeof whole === 'number') this.#setWhole(entry, whole);
    else if (whole !== undefined) this.#setExact(entry, whole);
    return whole !== undefined;
  }

  /** Seconds and, behind a point, a number of units: `1.1` is one second and one unit. */
  #setParts(entry: LogEntry, text: string): boolean {
    const point = text.indexOf('.');
    if (point < 0 || text.includes('.', point + 1)) return false;
    const seconds = wholeNumber(text.slice(0, point));
    const units = wholeNumber(text.slice(point + 1));
    if (seconds === undefined || units === undefined) return false;
    const nanos = BigInt(units) * BigInt(this.#unit);
    const all = BigInt(seconds) * 1_000_000_000n + nanos;
    setNanos(entry, all);
    return true;
  }

  #setWhole(entry: LogEntry, units: number): void {
    const perSecond = 1e9 / this.#unit;
    const seconds = Math.floor(units / perSecond);
    entry.setTime(seconds, (units - seconds * perSecond) * this.#unit);
  }

  #setExact(entry: LogEntry, units: bigint): void {
    setNanos(entry, units * BigInt(this.#unit));
  }
}

function setNanos(entry: LogEntry, nanos: bigint): void {
  const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  entry.setTime(Number((nanos - rest) / 1_000_000_000n), Number(rest));
}

/** A whole number of 64 bits: as a number where that is exact. */
function wholeNumber(text: string): number | bigint | undefined {
  if (text.length <= 15 && /^[+-]?[0-9]+$/.test(text)) return Number(text);
  const int = readInt64(text);
  return typeof int === 'bigint' ? int : undefined;
}
