import { ByteCache, ByteTable } from '../../otlp/keys/byte-table.js';
import { streamBytes, type PointStream, type PointStreams } from '../../prometheus/point-cursor.js';
import type { PageSeries } from './page-series.js';

/** Bytes of streams that have no series, for a reason that lasts. */
const refusedBytes = 4 << 20;

/**
 * The streams that the series of a page come from. A series has room for two of them: one, and another one while a
 * source puts its attributes in another order; a third takes the place of the first.
 */
export class PageStreams implements PointStreams<PageSeries> {
  readonly #table: ByteTable<PointStream<PageSeries>> = new ByteTable();
  readonly #refused: ByteCache<PointStream<PageSeries>> = new ByteCache(refusedBytes, streamBytes);
  /** Reserves memory for a series, or gives it back; false without room. */
  readonly #grow: (series: PageSeries, more: number) => boolean;

  constructor(grow: (series: PageSeries, more: number) => boolean) {
    this.#grow = grow;
  }

  find(bytes: Uint8Array, from: number, to: number, hash: number): PointStream<PageSeries> | undefined {
    return this.#table.find(bytes, from, to, hash) ?? this.#refused.find(bytes, from, to, hash);
  }

  add(stream: PointStream<PageSeries>): void {
    const { series } = stream;
    if (typeof series === 'string') return this.#refused.add(stream);
    const before = series.streams[1];
    if (!this.#grow(series, streamBytes(stream) - (before ? streamBytes(before) : 0))) return;
    if (before) this.#table.remove(before);
    series.streams = [stream, ...series.streams.slice(0, 1)];
    this.#table.add(stream);
  }

  /** Forgets the streams of a series. */
  forget(series: PageSeries): void {
    for (const stream of series.streams) this.#table.remove(stream);
    series.streams = [];
  }
}
