import type { StatusEvent } from '../../../component/status.js';

export type Use = (endpoints: readonly string[]) => Promise<void>;

/**
 * Finds the backends. Lists are sorted by bytes and keep duplicates, because the ring hashes them as they are
 * (docs/spec/gateway.md#resolvers).
 */
export interface Resolver {
  /** Its name in metrics. */
  readonly name: string;
  /**
   * Begins, and resolves once the first answer was used or failed. `use` is called with every list that differs from
   * the one before, one call at a time. `report` is called with the outcome of each question: ok, or an error that may
   * pass.
   */
  start(use: Use, report: (event: StatusEvent) => void): Promise<void>;
  /** No list is used from now on. */
  stop(): void;
  /** When the list was last confirmed, clock milliseconds; undefined for a list that cannot age. */
  readonly confirmedAt: number | undefined;
}

export function sorted(endpoints: readonly string[]): string[] {
  return [...endpoints].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
