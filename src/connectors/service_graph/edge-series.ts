import type { MetricBuilder } from '../../otlp/build/metrics.js';
import { NumberRows } from '../../aggregation/number-rows.js';
import type { MemoryBound } from '../../aggregation/memory-bound.js';
import { SeriesTable } from '../../aggregation/series-table.js';
import type { Values } from '../../aggregation/values.js';
import { edgeField as field, edgeNumber, type Edges } from './edges.js';

/** The histograms of all series, by row. */
export interface Histograms {
  readonly bytesPerRow: number;
  readonly reservedBytes: number;
  /** Makes the histogram of a new row an empty one. */
  begin(row: number): void;
  /** Empties the histogram of a row. */
  clear(row: number): void;
  observe(row: number, value: number, times: number): void;
  /** Writes the fields of the open point that are the histogram's. */
  write(row: number, to: MetricBuilder): void;
}

export interface SeriesParts {
  readonly values: Values;
  readonly bound: MemoryBound;
  /** Columns of dimensions of an edge. */
  readonly dimensions: number;
  /** Series, at most; 0: as many as there is memory for. */
  readonly limit: number;
  readonly client: Histograms;
  readonly server: Histograms;
  /** A new series has found no room. */
  refused(): void;
}

/** Of a series: edges, failed ones, its start (milliseconds since the epoch), and its last edge (`Clock.now()`). */
export const count = { edges: 0, failed: 1, start: 2, changed: 3 } as const;
const columnsBefore = 2;
const virtualSides = 3;

/** Series by client, server, dimensions and kind of edge; those that find no room are one series, the overflow. */
export class EdgeSeries {
  readonly table: SeriesTable;
  readonly counts: NumberRows = new NumberRows(4);
  readonly #parts: SeriesParts;
  /** Its row; -1 while there is none. */
  overflow = -1;
  /** Bytes of the series and their values, at most: values that several of them share count for each. */
  bytes = 0;

  constructor(parts: SeriesParts) {
    this.#parts = parts;
    const { values, bound, dimensions, client, server } = parts;
    const bytesBeside = this.counts.stride * 8 + client.bytesPerRow + server.bytesPerRow;
    this.table = new SeriesTable({ values, bound, keys: columnsBefore + dimensions, bytesBeside });
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.table.reservedBytes + this.counts.reservedBytes;
  }

  /** Counts an edge at `now` (`Clock.now()`) and `unixMs`; `side` is what a virtual node stands for. */
  observe(edges: Edges, edge: number, side: number, now: number, unixMs: number): void {
    const { table, counts } = this;
    const { client, server, dimensions } = this.#parts;
    const failed = edges.get(edge, field.failed);
    table.group = groupOf(edges.get(edge, field.connection), failed, side);
    table.key[0] = edges.get(edge, field.client);
    table.key[1] = edges.get(edge, field.server);
    for (let i = 0; i < dimensions; i++) table.key[columnsBefore + i] = edges.dimension(edge, i);
    let row = table.find();
    if (row < 0) row = this.#begin(unixMs);
    counts.add(row, count.edges, 1);
    if (failed === 1) counts.add(row, count.failed, 1);
    counts.set(row, count.changed, now);
    server.observe(row, edges.number(edge, edgeNumber.serverLatency), 1);
    client.observe(row, edges.number(edge, edgeNumber.clientLatency), 1);
  }

  /** Ends a series. */
  remove(row: number): void {
    this.bytes -= this.#bytesOf(row);
    this.#parts.client.clear(row);
    this.#parts.server.clear(row);
    this.table.remove(row, row === this.overflow);
    if (row === this.overflow) this.overflow = -1;
  }

  /** The row of a new series, or that of the overflow. */
  #begin(unixMs: number): number {
    const { limit, bound, refused } = this.#parts;
    const { table } = this;
    const named = table.count - (this.overflow < 0 ? 0 : 1);
    table.shown.set(table.key);
    let row = -1;
    if ((limit === 0 || named < limit) && bound.fits(table.rowBytes, this.bytes)) row = table.add();
    if (row < 0) {
      refused();
      if (this.overflow >= 0) return this.overflow;
      row = this.overflow = table.addApart(groups);
    }
    this.#parts.client.begin(row);
    this.#parts.server.begin(row);
    this.counts.clear(row);
    this.counts.set(row, count.start, unixMs);
    this.bytes += this.#bytesOf(row);
    return row;
  }

  #bytesOf(row: number): number {
    return this.table.rowBytes + this.table.valueBytes(row);
  }
}

/** Groups of series: kinds of connection, failed or not, and what a virtual node stands for. The overflow is behind. */
export const groups: number = 4 * 2 * virtualSides;

function groupOf(connection: number, failed: number, side: number): number {
  return (connection * 2 + failed) * virtualSides + side;
}

/** The kind that the number of a group stands for. */
export function kindOfGroup(group: number): { connection: number; failed: boolean; side: number } {
  const pair = Math.floor(group / virtualSides);
  return { connection: pair >> 1, failed: (pair & 1) === 1, side: group % virtualSides };
}
