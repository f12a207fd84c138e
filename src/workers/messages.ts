import type { ComponentStatus } from '../component/status.js';
import type { FamilySnapshot } from '../telemetry/merged.js';
import type { PeerAddress } from './links/links.js';

/** From the primary to a worker. */
export type ToWorker =
  | { readonly kind: 'snapshot'; readonly id: number }
  /** The workers of its set that can be reached, itself included. */
  | { readonly kind: 'peers'; readonly peers: readonly PeerAddress[] }
  /** All workers of the set can be reached: it may receive data. */
  | { readonly kind: 'receive' }
  /** No older worker runs what runs `once` any more. */
  | { readonly kind: 'once_is_free' }
  /** The program begins to stop, and still takes data. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'stop'; readonly drainMs: number };

/** From a worker to the primary. */
export type FromWorker =
  /** It can be reached by the others, and waits for `receive`. */
  | { readonly kind: 'joined' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'snapshot'; readonly id: number; readonly families: readonly FamilySnapshot[] }
  /** The states of all its components, after one of them changed. */
  | { readonly kind: 'status'; readonly components: readonly ComponentStatus[] }
  /** Its books could not be written to their file from now on, or are in it again. */
  | { readonly kind: 'books'; readonly written: boolean }
  /** It does not run what runs `once` any more. */
  | { readonly kind: 'once_stopped' }
  /** A component can't go on; the whole program has to end. */
  | { readonly kind: 'failed'; readonly message: string };

/** The facts that a worker is started with, in variables of its environment. */
export interface WorkerStart {
  /** From 1. */
  readonly number: number;
  /** How many workers the set has. */
  readonly count: number;
  /** Where its books are written. */
  readonly books: string;
  /** Whether it may run what runs `once` at its start, or waits for `once_is_free`. */
  readonly onceIsFree: boolean;
}

export function workerEnvironment({ number, count, books, onceIsFree }: WorkerStart): Readonly<Record<string, string>> {
  return {
    KANMON_WORKER: String(number),
    KANMON_WORKER_COUNT: String(count),
    KANMON_WORKER_BOOKS: books,
    KANMON_WORKER_ONCE: onceIsFree ? 'free' : 'taken',
  };
}

export function workerStart(env: NodeJS.ProcessEnv): WorkerStart {
  const {
    KANMON_WORKER: number,
    KANMON_WORKER_COUNT: count,
    KANMON_WORKER_BOOKS: books = '',
    KANMON_WORKER_ONCE: once,
  } = env;
  return { number: Number(number), count: Number(count), books, onceIsFree: once !== 'taken' };
}

/** The unix socket on which the others reach a worker, from where its books are. */
export function socketPath(books: string): string {
  return `${books}.sock`;
}
