/**
 * The bytes that all queues of the process keep alive, bounded together (default: a quarter of the memory or cgroup
 * limit). The memory kept alive counts, never the length of a slice.
 */
export interface ByteBudget {
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
  /** Runs `run` once, at the next release; the returned function cancels. */
  onceReleased(run: () => void): () => void;
}
