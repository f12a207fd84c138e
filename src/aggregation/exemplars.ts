import type { MetricBuilder } from '../otlp/build/metrics.js';
import { byteAt } from '../otlp/wire/at.js';
import { ByteStore } from './byte-store.js';
import { IdRows } from './id-rows.js';
import type { MemoryBound } from './memory-bound.js';

const traceIdBytes = 16;
const spanIdBytes = 8;
/** Where the value and the address of the next one stand in an exemplar's memory. */
const valueAt = 24;
const nextAt = 32;
const exemplarBytes = 40;

/** Addresses are kept with 1 added; 0 is none. */
const field = { first: 0, last: 1, count: 2 } as const;
const fields = 3;

/** The spans that were counted first in each row of a table since it was cleared, with their values. */
export class Exemplars {
  readonly #most: number;
  readonly #bound: MemoryBound;
  readonly #store: ByteStore;
  readonly #rows: IdRows = new IdRows(fields);

  /** @param most - exemplars of a row; fewer where the bound leaves no room */
  constructor(most: number, bound: MemoryBound) {
    this.#most = most;
    this.#bound = bound;
    this.#store = new ByteStore(bound);
  }

  /** Bytes of a row without exemplars. */
  get bytesPerRow(): number {
    return fields * 4;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return this.#store.reservedBytes + this.#rows.reservedBytes;
  }

  /** A new row has none. */
  begin(row: number): void {
    this.#rows.clear(row);
  }

  /** Drops the exemplars of a row. */
  clear(row: number): void {
    for (let next = this.#rows.get(row, field.first); next > 0;) {
      const address = next - 1;
      next = this.#nextOf(address);
      this.#store.giveBack(address, exemplarBytes);
    }
    this.#rows.clear(row);
  }

  /**
   * Notes a span, unless the row has enough. `traceIdAt` and `spanIdAt` are where its IDs stand; below 0: it has none.
   * A span without a trace ID is no exemplar.
   */
  add(row: number, bytes: Uint8Array, traceIdAt: number, spanIdAt: number, value: number): void {
    const rows = this.#rows;
    const count = rows.get(row, field.count);
    if (count >= this.#most || traceIdAt < 0 || isZero(bytes, traceIdAt, traceIdBytes)) return;
    if (!this.#bound.fitsUncharged(exemplarBytes)) return;
    const address = this.#store.take(exemplarBytes);
    const chunk = this.#store.chunk(address);
    const at = this.#store.offset(address);
    for (let i = 0; i < traceIdBytes; i++) chunk.bytes[at + i] = byteAt(bytes, traceIdAt + i);
    for (let i = 0; i < spanIdBytes; i++)
      chunk.bytes[at + traceIdBytes + i] = spanIdAt < 0 ? 0 : byteAt(bytes, spanIdAt + i);
    chunk.floats[(at + valueAt) >> 3] = value;
    chunk.words32[(at + nextAt) >> 2] = 0;
    const last = rows.get(row, field.last);
    if (last === 0) rows.set(row, field.first, address + 1);
    else this.#store.chunk(last - 1).words32[(this.#store.offset(last - 1) + nextAt) >> 2] = address + 1;
    rows.set(row, field.last, address + 1);
    rows.set(row, field.count, count + 1);
  }

  /** Writes the exemplars of a row to the open point, with one time for all. */
  write(row: number, unixMs: number, to: MetricBuilder): void {
    for (let next = this.#rows.get(row, field.first); next > 0; next = this.#nextOf(next - 1)) {
      const { bytes, floats } = this.#store.chunk(next - 1);
      const at = this.#store.offset(next - 1);
      to.exemplar(unixMs).double(floats[(at + valueAt) >> 3] ?? 0);
      to.contextIn(bytes, at, isZero(bytes, at + traceIdBytes, spanIdBytes) ? -1 : at + traceIdBytes);
    }
  }

  #nextOf(address: number): number {
    return (this.#store.chunk(address).words32[(this.#store.offset(address) + nextAt) >> 2] ?? 0) | 0;
  }
}

function isZero(bytes: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (byteAt(bytes, i) !== 0) return false;
  return true;
}
