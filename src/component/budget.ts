/**
 * The bytes that all queues of the process keep alive, bounded together (default: a quarter of the memory or cgroup
 * limit). What is counted is the memory kept alive, never the length of a slice.
 */
export interface ByteBudget {
  readonly limit: number;
  readonly used: number;
  /** Takes `bytes` if they fit, else changes nothing and answers false. */
  tryTake(bytes: number): boolean;
  give(bytes: number): void;
  /** Calls back once when bytes have been given back; the returned function cancels. */
  onRoom(run: () => void): () => void;
}
