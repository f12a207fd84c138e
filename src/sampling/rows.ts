import { at32 } from '../otlp/wire/at.js';

/** The places of what is kept of a trace beside its spans, 32-bit numbers. */
export const field = {
  // The chain of blocks with its spans, the bytes used of the last block, and how many blocks it has.
  head: 0,
  tail: 1,
  tailUsed: 2,
  blocks: 3,
  spans: 4,
  // Bytes as the Collector counts them.
  bytes: 5,
  // Ticks of its first span and of its decision.
  arrival: 6,
  due: 7,
  // Its neighbours among those due at the same tick, and among those of its service; -1 ends a list.
  dueNext: 8,
  duePrevious: 9,
  service: 10,
  serviceNext: 11,
  servicePrevious: 12,
  // The earliest start and the latest end of a span, each in two unsigned halves.
  startHigh: 13,
  startLow: 14,
  endHigh: 15,
  endLow: 16,
  // For the processor, 0 in a new one: some bits, and the number of its outcome + 1.
  marks: 17,
  outcome: 18,
} as const;

/** Bits of the field `marks`: the processor has it in a list; its root span made it due earlier. */
export const mark = { listed: 1, root: 2 } as const;

const fieldCount = 19;

/** A row of numbers for each pending trace, by the trace's number. Behind the fields stand the found conditions. */
export class Rows {
  readonly data: Int32Array;
  /** Numbers of a row. */
  readonly stride: number;

  /** @param words - of found conditions per trace */
  constructor(limit: number, words: number) {
    this.stride = fieldCount + words;
    this.data = new Int32Array(limit * this.stride);
  }

  get(trace: number, at: number): number {
    return at32(this.data, trace * this.stride + at);
  }

  set(trace: number, at: number, value: number): void {
    this.data[trace * this.stride + at] = value;
  }

  add(trace: number, at: number, value: number): void {
    const place = trace * this.stride + at;
    this.data[place] = at32(this.data, place) + value;
  }

  /** Where the found conditions of a trace begin in `data`. */
  foundAt(trace: number): number {
    return trace * this.stride + fieldCount;
  }

  clear(trace: number): void {
    this.data.fill(0, trace * this.stride, (trace + 1) * this.stride);
  }
}
