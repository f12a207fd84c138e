import { at32 } from '../otlp/wire/at.js';

const chunkShift = 10;
const rowMask = (1 << chunkShift) - 1;

/** As `NumberRows`, for whole numbers of 32 bits: `rows.chunk(row)[rows.at(row) + field]`. */
export class IdRows {
  /** Numbers of a row. */
  readonly stride: number;
  readonly #chunks: Int32Array[] = [];

  constructor(stride: number) {
    this.stride = stride;
  }

  /** Bytes of all buffers. */
  get reservedBytes(): number {
    return (this.#chunks.length << chunkShift) * this.stride * 4;
  }

  /** Makes a row that did not exist, or was used before, one of zeros. */
  clear(row: number): void {
    const number = row >> chunkShift;
    while (number >= this.#chunks.length) this.#chunks.push(new Int32Array(this.stride << chunkShift));
    const at = this.at(row);
    this.chunk(row).fill(0, at, at + this.stride);
  }

  /** The chunk of a row that exists. */
  chunk(row: number): Int32Array {
    return this.#chunks[row >> chunkShift] as Int32Array;
  }

  /** Where a row begins in its chunk. */
  at(row: number): number {
    return (row & rowMask) * this.stride;
  }

  get(row: number, field: number): number {
    return at32(this.chunk(row), this.at(row) + field);
  }

  set(row: number, field: number, value: number): void {
    this.chunk(row)[this.at(row) + field] = value;
  }
}
