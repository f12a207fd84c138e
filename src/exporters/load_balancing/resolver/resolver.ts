/**
 * Finds the backends. Lists are sorted by bytes and keep duplicates, because the ring hashes them as they are
 * (docs/spec/gateway.md#resolvers).
 */
export interface Resolver {
  /** Its name in metrics. */
  readonly name: string;
  /**
   * Begins, and resolves once the first answer was used or failed. `use` is called with every list that differs from the one
   * before, one call at a time.
   */
  start(use: (endpoints: readonly string[]) => Promise<void>): Promise<void>;
  /** No list is used from now on. */
  stop(): void;
  /** When the list was last confirmed, clock milliseconds; undefined for a list that cannot age. */
  readonly confirmedAt: number | undefined;
}

export function sorted(endpoints: readonly string[]): string[] {
  return [...endpoints].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
