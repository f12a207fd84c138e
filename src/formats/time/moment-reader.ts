import { isZone, instantOf, offsetAt, type Zone } from './time-zone.js';
import type { TimeText } from './time-text.js';
import { offsetOfAbbreviation } from './zone-abbreviation.js';

const week = 7 * 86_400;
/** Abbreviations whose offset is remembered; any more are worked out each time. */
const mostNames = 64;

/** The offset of an abbreviation, worked out for times around the one that had it last; NaN when it has none. */
interface NamedOffset {
  week: number;
  offset: number;
}

/**
 * Finds the moment that a text of one layout names. A text without a zone of its own is of `zone`, one with an
 * abbreviation of the zone that has it in `named`. Without a year it is in the year of `now`, or in the one before for
 * a date of more than a week ahead.
 */
export class MomentReader {
  /** Of the last text. */
  seconds = 0;
  nanos = 0;
  readonly #text: TimeText;
  readonly #zone: Zone;
  readonly #named: ReadonlyMap<string, Zone>;
  readonly #offsets = new Map<string, NamedOffset>();
  #unknownZone = '';

  constructor(text: TimeText, zone: Zone, named: ReadonlyMap<string, Zone> = new Map()) {
    this.#text = text;
    this.#zone = zone;
    this.#named = named;
  }

  /**
   * The layout as five separators and a number for its end, as `LineFields` has it, where it is of the usual form and
   * the zone is UTC or stands in the text; undefined for any other.
   */
  get usualForm(): Uint8Array | undefined {
    const form = this.#text.usualForm;
    return form !== undefined && (this.#zone === undefined || (form[5] ?? 0) >= 2) ? form : undefined;
  }

  /** False when the text is none of the layout, or its zone is not known; `fault` says why. `nowMs`: since 1970. */
  read(value: string, nowMs: number): boolean {
    this.#unknownZone = '';
    return this.#text.read(value) && this.#find(nowMs);
  }

  /** The same for the text `bytes[from, to)`. */
  readBytes(bytes: Buffer, from: number, to: number, nowMs: number): boolean {
    this.#unknownZone = '';
    return this.#text.readBytes(bytes, from, to) && this.#find(nowMs);
  }

  /** The moment of the text that was read. */
  #find(nowMs: number): boolean {
    const text = this.#text;
    if (text.year > 0) this.seconds = this.#instant(text.local());
    else {
      const now = nowMs / 1000;
      const year = new Date((now + offsetAt(this.#zone, Math.floor(now))) * 1000).getUTCFullYear();
      this.seconds = this.#instant(text.local(year));
      if (this.seconds > now + week) this.seconds = this.#instant(text.local(year - 1));
    }
    this.nanos = text.nanos;
    return !Number.isNaN(this.seconds);
  }

  /** Why the last text was refused. */
  get fault(): string {
    const name = this.#unknownZone;
    return name === '' ? this.#text.fault : `failed to load location ${name}: unknown time zone ${name}`;
  }

  #instant(local: number): number {
    const { offset, zoneName } = this.#text;
    if (!Number.isNaN(offset)) return local - offset;
    if (zoneName === '') return instantOf(local, this.#zone);
    const named = this.#offsetOf(zoneName, local);
    if (Number.isNaN(named)) this.#unknownZone = zoneName;
    return local - named;
  }

  #offsetOf(name: string, local: number): number {
    const at = Math.floor(local / week);
    const known = this.#offsets.get(name);
    if (known?.week === at) return known.offset;
    const offset = this.#findOffset(name, local);
    if (known !== undefined) {
      known.week = at;
      known.offset = offset;
    } else if (this.#offsets.size < mostNames) this.#offsets.set(name, { week: at, offset });
    return offset;
  }

  #findOffset(name: string, local: number): number {
    const hasOwn = this.#named.has(name);
    const zone = hasOwn ? this.#named.get(name) : this.#zone;
    const ofZone = offsetOfAbbreviation(zone, name, local);
    if (ofZone !== undefined) return ofZone;
    if (hasOwn) return local - instantOf(local, zone);
    if (/^GMT[+-]\d/.test(name)) return Number(name.slice(3)) * 3600;
    if (!isZone(name)) return Number.NaN;
    return offsetOfAbbreviation(name, name, local) ?? offsetAt(name, local);
  }
}
