/** The counters of bytes that components hold beside queues and requests. */
const holders: Set<() => number> = new Set();

/** Counts the bytes of buffers that a component keeps for itself as held, until the returned function is called. */
export function countHeld(bytes: () => number): () => void {
  holders.add(bytes);
  return () => holders.delete(bytes);
}

/** Bytes of buffers that components keep for themselves. */
export function heldBytes(): number {
  let sum = 0;
  for (const bytes of holders) sum += bytes();
  return sum;
}
