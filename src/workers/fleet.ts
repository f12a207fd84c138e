import cluster from 'node:cluster';
import path from 'node:path';
import type { LedgerRow } from '../component/ledger.js';
import type { ComponentStatus } from '../component/status.js';
import type { Logger } from '../component/telemetry.js';
import { bookedAsDead, foldedParts, mergedRows, readLedgerFile } from '../telemetry/ledger-file.js';
import { MergedMetrics, type FamilySnapshot } from '../telemetry/merged.js';
import type { WorkerProcess } from './worker-process.js';
import { WorkerSet } from './worker-set.js';

export interface FleetOptions {
  readonly count: number;
  /** Where the books of the workers are written. */
  readonly folder: string;
  /** Memory of each worker, bytes. */
  readonly memoryBytes: number;
  logger(): Logger;
  /** A component of a worker can't go on. */
  onFailed(error: Error): void;
}

/** The workers of one program, one set after the other, and what all of them have counted. */
export class Fleet {
  readonly metrics: MergedMetrics = new MergedMetrics();
  readonly #options: FleetOptions;
  /** The set that receives data, and those that end. */
  #current: WorkerSet;
  readonly #sets: Set<WorkerSet> = new Set();
  /** The books of the workers that are gone. */
  #gone: LedgerRow[] = [];
  /** Workers that are gone and could not write their books to the end. */
  #incomplete = 0;
  #lastBooks = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    // Objects as they are, with the infinities that JSON does not have.
    cluster.setupPrimary({ serialization: 'advanced' });
    this.#current = this.#newSet(true);
  }

  /** Starts the workers. Resolves with false, and none left, when one ended before it was ready. */
  start(): Promise<boolean> {
    return this.#current.start();
  }

  /**
   * Starts another set, and stops the one before when that is ready, so that the ports never close. A component that
   * runs `once` starts in the new set when it has stopped in the old one. Resolves with false, and the old set still
   * running, when the new one does not start, or `signal` fires before it does.
   */
  async replace(drainMs: number, signal: AbortSignal): Promise<boolean> {
    const next = this.#newSet(false);
    const cancel = (): void => next.killUnready();
    signal.addEventListener('abort', cancel);
    const started = await next.start();
    signal.removeEventListener('abort', cancel);
    if (!started) {
      this.#sets.delete(next);
      return false;
    }
    const before = this.#current;
    this.#current = next;
    const stopped = before.stop(drainMs);
    void before.onceStopped().then(() => next.freeOnce());
    await stopped;
    this.#sets.delete(before);
    this.#gone = foldedParts(this.#gone, this.#liveRows());
    return true;
  }

  /** Says to the outside that nothing more should be sent here, while everything goes on. */
  leave(): void {
    for (const set of this.#sets) set.leave();
  }

  async stop(drainMs: number): Promise<void> {
    await Promise.all([...this.#sets].map((set) => set.stop(drainMs)));
  }

  killAll(): void {
    for (const set of this.#sets) set.killAll();
  }

  /** The books of all workers, those that are gone included. */
  rows(): LedgerRow[] {
    return mergedRows([this.#gone, this.#liveRows()]);
  }

  /** Workers that cannot write their books, or could not when they ended: `rows` misses what they counted since. */
  get incompleteBooks(): number {
    return this.#incomplete + this.#members().filter(({ booksAreWritten }) => !booksAreWritten).length;
  }

  #liveRows(): LedgerRow[] {
    return mergedRows(this.#members().map(({ books }) => readLedgerFile(books)));
  }

  /** The states of the components of each worker that is ready, by its number. */
  statuses(): ReadonlyMap<number, readonly ComponentStatus[]> {
    const ready = this.#members().filter(({ phase }) => phase === 'ready');
    return new Map(ready.map(({ number, statuses }) => [number, statuses]));
  }

  /** A component of the primary can't go on. */
  fatal(error: Error): void {
    this.#options.onFailed(error);
  }

  /** The metrics of every worker now; the last that were reported by one that takes too long. */
  async snapshots(): Promise<(readonly FamilySnapshot[])[]> {
    await Promise.all(
      this.#members()
        .filter(({ phase }) => phase === 'ready')
        .map((member) => member.refreshMetrics()),
    );
    return this.#members().map(({ metrics }) => metrics);
  }

  #members(): WorkerProcess[] {
    return [...this.#sets].flatMap(({ members }) => members);
  }

  #newSet(onceIsFree: boolean): WorkerSet {
    const { count, folder, memoryBytes, logger, onFailed } = this.#options;
    const set = new WorkerSet({
      ...{ count, memoryBytes, onceIsFree, logger, onFailed },
      newBooks: () => path.join(folder, `books-${++this.#lastBooks}`),
      onEnded: (worker, orderly) => this.#bury(worker, orderly),
    });
    this.#sets.add(set);
    return set;
  }

  /** Keeps what a worker that ended had counted. Returns the items that are lost with it. */
  #bury(worker: WorkerProcess, orderly: boolean): number {
    const rows = readLedgerFile(worker.books);
    const dead = bookedAsDead(rows);
    if (!worker.booksAreWritten) this.#incomplete++;
    this.#gone = mergedRows([this.#gone, orderly ? rows : dead]);
    if (!orderly) this.#gone = foldedParts(this.#gone, this.#liveRows());
    this.metrics.retire(worker.metrics);
    return lostItems(dead);
  }
}

/** Items that were lost with workers that died. */
function lostItems(rows: readonly LedgerRow[]): number {
  return rows.reduce((sum, row) => sum + (row.kind === 'component' ? (row.dropped['worker_died'] ?? 0) : 0), 0);
}
