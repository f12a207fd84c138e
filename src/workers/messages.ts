import type { ComponentStatus } from '../component/status.js';
import type { FamilySnapshot } from '../telemetry/merged.js';

/** What the primary says to a worker. */
export type ToWorker =
  | { readonly kind: 'snapshot'; readonly id: number }
  /** Where the workers that are ready are reached by each other. */
  | { readonly kind: 'peers'; readonly paths: readonly string[] }
  | { readonly kind: 'stop'; readonly drainMs: number };

/** What a worker says to the primary. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'snapshot'; readonly id: number; readonly families: readonly FamilySnapshot[] }
  /** The states of all its components, after one of them changed. */
  | { readonly kind: 'status'; readonly components: readonly ComponentStatus[] }
  /** A component can't go on; the whole program has to end. */
  | { readonly kind: 'failed'; readonly message: string };

/** Names of the variables that tell a worker who it is. */
export const workerNumber = 'KANMON_WORKER';
export const workerLedger = 'KANMON_WORKER_LEDGER';

/** Where a worker is reached by the others, from where its books are. */
export function handOverPath(ledger: string): string {
  return `${ledger}.sock`;
}
