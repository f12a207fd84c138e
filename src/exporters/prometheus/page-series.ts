import type { ByteEntry } from '../../otlp/keys/byte-table.js';
import type { Word64 } from '../../otlp/view/word64.js';
import { keptExemplars } from '../../prometheus/exemplars.js';
import type { ExposedExemplar, ExposedFamily, ExposedSeries, FamilyType, PointData } from '../../prometheus/exposed.js';
import type { PointStream } from '../../prometheus/point-cursor.js';
import { milliseconds } from '../../prometheus/milliseconds.js';

/** Bytes of memory of a series beside what it stores: its objects, and the places in the tables. */
export const seriesObjects = 640;
export const familyObjects = 512;

const nothing = Buffer.alloc(0);
const noValue: PointData = { kind: 'number', value: 0 };

/** A point in time as OTLP has it, exactly. */
class Time {
  low = 0;
  high = 0;

  set({ low, high }: Pick<Word64, 'low' | 'high'>): void {
    this.low = low;
    this.high = high;
  }

  get isZero(): boolean {
    return this.low === 0 && this.high === 0;
  }

  /** Below 0 when this is before `other`. */
  compare(other: Pick<Word64, 'low' | 'high'>): number {
    return this.high === other.high ? this.low - other.low : this.high - other.high;
  }

  get ms(): number {
    return milliseconds(this);
  }
}

/** All series of one name; lives as long as one of them. */
export class Family implements ExposedFamily {
  readonly id: number;
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  readonly bytes: number;
  first: PageSeries | undefined;
  last: PageSeries | undefined;
  next: Family | undefined;
  before: Family | undefined;
  gone = false;

  constructor(id: number, name: string, type: FamilyType, help: string) {
    this.id = id;
    this.name = name;
    this.type = type;
    this.help = help;
    this.bytes = familyObjects + (name.length + help.length) * 2;
  }
}

/**
 * A series of the page: its labels and its newest value. One that is gone still leads to the series behind it, so that
 * a page that stands at it can go on.
 */
export class PageSeries implements ExposedSeries, ByteEntry {
  readonly hash: number;
  /** The family's number and the labels. */
  key: Buffer;
  chained: ByteEntry | undefined;
  readonly family: Family;
  labels: Buffer;
  data: PointData = noValue;
  /** Exemplars as `keepExemplars` writes them. */
  kept: Buffer | undefined;
  readonly time: Time = new Time();
  readonly start: Time = new Time();
  /** When it last got a newer point, and any point, `Clock.now()` milliseconds. */
  updated = 0;
  seen = 0;
  /** When it took its place in the list of all series. */
  listed = 0;
  /** It got no newer point for too long; known on while old ones come again, so that these do not bring it back. */
  expired = false;
  /** The streams that it comes from, the newest first. */
  streams: readonly PointStream<PageSeries>[] = [];
  /** A point was stored. */
  filled = false;
  gone = false;
  /** Bytes that are reserved for it, and of these for its value. */
  bytes = 0;
  valueBytes = 0;
  next: PageSeries | undefined;
  before: PageSeries | undefined;
  /** The neighbours in the list of all series. */
  newer: PageSeries | undefined;
  older: PageSeries | undefined;

  constructor(hash: number, key: Buffer, labelsFrom: number, family: Family) {
    this.hash = hash;
    this.key = key;
    this.labels = key.subarray(labelsFrom);
    this.family = family;
  }

  get timeMs(): number {
    return this.time.ms;
  }

  get startMs(): number | undefined {
    const { ms } = this.start;
    return ms >= 1000 ? ms : undefined;
  }

  get exemplars(): readonly ExposedExemplar[] {
    return keptExemplars(this.kept);
  }

  /** Lets go of its value. */
  clear(): void {
    this.data = noValue;
    this.kept = undefined;
  }

  /** Lets go of all that it stores. */
  empty(): void {
    this.gone = true;
    this.key = this.labels = nothing;
    this.clear();
  }
}
