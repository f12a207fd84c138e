import type { ByteShare } from '../../component/budget.js';
import { ByteTable } from '../../otlp/keys/byte-table.js';
import { KeyBytes } from '../../otlp/keys/key-bytes.js';
import type { FamilyType } from '../../prometheus/exposed.js';
import type { NoSeries } from '../../prometheus/label-rules.js';
import { encodeLabels, type Label } from '../../prometheus/labels.js';
import { PageStreams } from './page-streams.js';
import { Family, PageSeries, seriesObjects } from './page-series.js';

/** Bytes of a key before the labels: the family. */
const labelsFrom = 6;

/**
 * The series of one page. Every series is one entry; their memory is reserved from a share of the process's budget, and
 * without room there is no new series, while those that are known go on.
 */
export class SeriesStore {
  readonly #share: ByteShare;
  readonly #table: ByteTable<PageSeries> = new ByteTable();
  readonly #families: Map<string, Family> = new Map();
  readonly #key: KeyBytes = new KeyBytes();
  #firstFamily: Family | undefined;
  #lastFamily: Family | undefined;
  /** By the time at which they were listed. */
  #oldest: PageSeries | undefined;
  #newest: PageSeries | undefined;
  #made = 0;
  #bytes = 0;
  /** The streams that the series come from. */
  readonly streams: PageStreams = new PageStreams((series, more) => this.#grow(series, more));

  constructor(share: ByteShare) {
    this.#share = share;
  }

  get size(): number {
    return this.#table.size;
  }

  /** Bytes that are reserved for all series. */
  get bytes(): number {
    return this.#bytes;
  }

  get firstFamily(): Family | undefined {
    return this.#firstFamily;
  }

  /** The series that was listed first of all. */
  get oldest(): PageSeries | undefined {
    return this.#oldest;
  }

  /** The series with this name and these labels, sorted; made when there is none. */
  series(name: string, type: FamilyType, help: string, labels: readonly Label[]): PageSeries | NoSeries {
    let family = this.#families.get(name);
    if (family && family.type !== type) return 'type_conflict';
    const isNew = family === undefined;
    family ??= new Family(++this.#made, name, type, help);
    const encoded = encodeLabels(labels);
    const key = this.#key.reset().number(family.id).bytesOf(encoded);
    const { hash } = key;
    const known = this.#table.find(key.bytes, 0, key.length, hash);
    if (known) return known;
    const bytes = seriesObjects + key.length + (isNew ? family.bytes : 0);
    if (!this.#share.tryReserve(bytes)) return 'series_limit';
    this.#bytes += bytes;
    const series = new PageSeries(hash, key.copy(), labelsFrom, family);
    series.bytes = bytes - (isNew ? family.bytes : 0);
    if (isNew) this.#addFamily(family);
    this.#table.add(series);
    series.before = family.last;
    if (family.last) family.last.next = series;
    else family.first = series;
    family.last = series;
    return series;
  }

  /** Reserves or gives back memory, so that a series has `bytes` for its value; false, and no change, without room. */
  resize(series: PageSeries, bytes: number): boolean {
    if (!this.#grow(series, bytes - series.valueBytes)) return false;
    series.valueBytes = bytes;
    return true;
  }

  /** Keeps exemplars with a series, or none without room. */
  keep(series: PageSeries, exemplars: Buffer | undefined): void {
    const more = (exemplars?.length ?? 0) - (series.kept?.length ?? 0);
    if (this.#grow(series, more)) series.kept = exemplars;
    else {
      this.#grow(series, -(series.kept?.length ?? 0));
      series.kept = undefined;
    }
  }

  #grow(series: PageSeries, more: number): boolean {
    if (more > 0 && !this.#share.tryReserve(more)) return false;
    if (more < 0) this.#share.release(-more);
    series.bytes += more;
    this.#bytes += more;
    return true;
  }

  /** A series has got a newer point. */
  touch(series: PageSeries, now: number): void {
    series.updated = now;
    series.expired = false;
    this.#list(series, now);
  }

  /** Takes a series from the page that has expired, and lets go of its value. */
  hide(series: PageSeries, now: number): void {
    this.#grow(series, -series.valueBytes - (series.kept?.length ?? 0));
    series.valueBytes = 0;
    series.expired = true;
    series.clear();
    this.#list(series, now);
  }

  /** Lists a series as the last one. */
  #list(series: PageSeries, now: number): void {
    series.listed = now;
    if (this.#newest === series) return;
    this.#unlist(series);
    series.older = this.#newest;
    if (this.#newest) this.#newest.newer = series;
    else this.#oldest = series;
    this.#newest = series;
  }

  remove(series: PageSeries): void {
    if (series.gone) return;
    const { family } = series;
    this.#table.remove(series);
    this.streams.forget(series);
    this.#unlist(series);
    if (series.before) series.before.next = series.next;
    else family.first = series.next;
    if (series.next) series.next.before = series.before;
    else family.last = series.before;
    let { bytes } = series;
    series.empty();
    if (!family.first) {
      this.#removeFamily(family);
      bytes += family.bytes;
    }
    this.#bytes -= bytes;
    this.#share.release(bytes);
  }

  /** Gives everything back. */
  clear(): void {
    while (this.#oldest) this.remove(this.#oldest);
    for (const family of this.#families.values()) while (family.first) this.remove(family.first);
  }

  #addFamily(family: Family): void {
    this.#families.set(family.name, family);
    family.before = this.#lastFamily;
    if (this.#lastFamily) this.#lastFamily.next = family;
    else this.#firstFamily = family;
    this.#lastFamily = family;
  }

  #removeFamily(family: Family): void {
    this.#families.delete(family.name);
    family.gone = true;
    if (family.before) family.before.next = family.next;
    else this.#firstFamily = family.next;
    if (family.next) family.next.before = family.before;
    else this.#lastFamily = family.before;
  }

  #unlist(series: PageSeries): void {
    if (series.older) series.older.newer = series.newer;
    else if (this.#oldest === series) this.#oldest = series.newer;
    if (series.newer) series.newer.older = series.older;
    else if (this.#newest === series) this.#newest = series.older;
    series.older = series.newer = undefined;
  }
}
