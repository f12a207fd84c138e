/**
 * Bytes that the series of one component may take, all together. The structures of this layer count in it what they
 * take and give back; whoever adds a series asks `fits` first, so that what exists goes on and only what is new has no
 * room.
 */
export class MemoryBound {
  /** May change while it is in use. */
  limit: number;
  used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * Whether `bytes` more fit for a holder that has `held` of them. A holder may have as much as it leaves free, so that
   * one that grows without end gets half of all, and two a third each: the others find room.
   */
  fits(bytes: number, held: number): boolean {
    return held + bytes <= this.limit - this.used - bytes;
  }

  /**
   * Whether `bytes` more fit that no holder is charged with: they make a series finer, and none needs them to count.
   * They find room in the first half of all, so that with them a holder takes nothing that is left for the others.
   */
  fitsUncharged(bytes: number): boolean {
    return this.used + bytes <= this.limit / 2;
  }

  /** Counts bytes that are taken (or, below 0, given back), whether or not they fit. */
  count(bytes: number): void {
    this.used += bytes;
  }
}
