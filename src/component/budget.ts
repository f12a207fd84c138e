/** Bytes that may be reserved until a bound is reached. The memory kept alive counts, never the length of a slice. */
interface Bytes {
  readonly limit: number;
  readonly used: number;
  /** Reserves `bytes` when they fit; otherwise it changes nothing and returns false. */
  tryReserve(bytes: number): boolean;
  /** Whether `tryReserve` would reserve them now. */
  fits(bytes: number): boolean;
  /** Returns bytes that were reserved. */
  release(bytes: number): void;
  /** Returns bytes that were reserved in this turn, without waking those who wait: nothing has changed for them. */
  withdraw(bytes: number): void;
  /** Runs `run` once, at the next release by anyone; the returned function cancels. */
  onceReleased(run: () => void): () => void;
}

/**
 * The bytes that all queues and all requests in progress keep alive, bounded together (default: a quarter of the memory
 * or cgroup limit). Reserved here is what requests in progress need; a queue reserves from its share.
 */
export interface ByteBudget extends Bytes {
  /**
   * The share of one queue, or of several that fill up together, such as those of one backend for several signals: the
   * same for the same `holder`. To be closed by each that asked for it.
   */
  share(holder: string): ByteShare;
}

/** One queue's part of the budget. `limit`: the bytes that it may hold while all others are empty. */
export interface ByteShare extends Bytes {
  /** Bytes that fit now. */
  readonly room: number;
  /** Ends this use of the share. Bytes that are still reserved count until they are released. May be called again. */
  close(): void;
}
