import { floatAt } from '../otlp/wire/at.js';

const chunkShift = 10;
const rowMask = (1 << chunkShift) - 1;

/**
 * A fixed number of 64-bit floats for each row of a table. Rows stand in chunks that never move, so that a table grows
 * without copies: `rows.chunk(row)[rows.at(row) + field]`.
 */
export class NumberRows {
  /** Numbers of a row. */
  readonly stride: number;
  readonly #chunks: Float64Array[] = [];

  constructor(stride: number) {
    this.stride = stride;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return (this.#chunks.length << chunkShift) * this.stride * 8;
  }

  /** Makes a row that did not exist, or was used before, one of zeros. */
  clear(row: number): void {
    const number = row >> chunkShift;
    while (number >= this.#chunks.length) this.#chunks.push(new Float64Array(this.stride << chunkShift));
    const at = this.at(row);
    this.chunk(row).fill(0, at, at + this.stride);
  }

  /** The chunk of a row that exists. */
  chunk(row: number): Float64Array {
    return this.#chunks[row >> chunkShift] as Float64Array;
  }

  /** Where a row begins in its chunk. */
  at(row: number): number {
    return (row & rowMask) * this.stride;
  }

  get(row: number, field: number): number {
    return floatAt(this.chunk(row), this.at(row) + field);
  }

  set(row: number, field: number, value: number): void {
    this.chunk(row)[this.at(row) + field] = value;
  }

  add(row: number, field: number, value: number): void {
    const chunk = this.chunk(row);
    const at = this.at(row) + field;
    chunk[at] = floatAt(chunk, at) + value;
  }
}
