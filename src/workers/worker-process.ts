import cluster, { type Worker } from 'node:cluster';
import { systemClock } from '../component/clock.js';
import type { ComponentStatus } from '../component/status.js';
import type { FamilySnapshot } from '../telemetry/merged.js';
import { unblockStandardOutputs } from '../telemetry/output/standard.js';
import type { PeerAddress } from './links/links.js';
import { closeUntakenAtExit } from './handed-over.js';
import { socketPath, workerEnvironment, type FromWorker, type ToWorker, type WorkerStart } from './messages.js';

/** How long a worker may take to report its metrics before its last ones are shown, milliseconds. */
const reportWithinMs = 1000;

export type Phase = 'starting' | 'joined' | 'ready' | 'stopping' | 'gone';

export interface WorkerProcessOptions {
  readonly start: WorkerStart;
  /** Its share of the memory, bytes. */
  readonly memoryBytes: number;
  /** It can be reached by the others. */
  onJoined(): void;
  /** It receives data. */
  onReady(): void;
  /** A component of it can't go on. */
  onFailed(error: Error): void;
  /** It ended; `phase` is the one before. */
  onEnded(phase: Phase, code: number, signal: string): void;
}

/** One worker as the primary sees it. */
export class WorkerProcess {
  readonly number: number;
  /** Where its books are written. */
  readonly books: string;
  readonly startedMs: number = performance.now();
  /** Settle with true when it has come so far, with false when it ended before. */
  readonly joined: Promise<boolean>;
  readonly ready: Promise<boolean>;
  readonly ended: Promise<void>;
  /** Resolves when it does not run what runs `once` any more. */
  readonly onceStopped: Promise<void>;
  /** Its last report. */
  metrics: readonly FamilySnapshot[] = [];
  statuses: readonly ComponentStatus[] = [];
  /** Whether its file has its books as they are. */
  booksAreWritten = true;
  readonly #process: Worker;
  readonly #reports: Map<number, () => void> = new Map();
  #phase: Phase = 'starting';
  #lastReport = 0;

  constructor({ start, memoryBytes, ...events }: WorkerProcessOptions) {
    this.number = start.number;
    this.books = start.books;
    this.#process = cluster.fork({
      ...workerEnvironment(start),
      KANMON_MEMORY_LIMIT_MIB: String(Math.max(1, Math.floor(memoryBytes / 2 ** 20))),
    });
    closeUntakenAtExit(this.#process);
    unblockStandardOutputs();
    const steps = { joined: noop, ready: noop, onceStopped: noop as () => void };
    this.joined = new Promise((resolve) => (steps.joined = resolve));
    this.ready = new Promise((resolve) => (steps.ready = resolve));
    this.onceStopped = new Promise((resolve) => (steps.onceStopped = resolve));
    this.ended = new Promise((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'joined':
          if (this.#phase === 'starting') this.#phase = 'joined';
          steps.joined(true);
          events.onJoined();
          break;
        case 'ready':
          if (this.#phase === 'joined') this.#phase = 'ready';
          steps.ready(true);
          events.onReady();
          break;
        case 'snapshot':
          this.metrics = message.families;
          this.#reports.get(message.id)?.();
          break;
        case 'status':
          this.statuses = message.components;
          break;
        case 'books':
          this.booksAreWritten = message.written;
          break;
        case 'once_stopped':
          steps.onceStopped();
          break;
        case 'failed':
          events.onFailed(new Error(message.message));
      }
    });
    this.#process.on('error', () => {});
    this.#process.once('exit', (code, signal) => {
      const before = this.#phase;
      this.#phase = 'gone';
      steps.joined(false);
      steps.ready(false);
      steps.onceStopped();
      for (const done of this.#reports.values()) done();
      events.onEnded(before, code, signal);
    });
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** How the others reach it; undefined while they can't. */
  get address(): PeerAddress | undefined {
    const phase = this.#phase;
    if (phase === 'starting' || phase === 'gone') return undefined;
    return { number: this.number, path: socketPath(this.books), phase };
  }

  send(message: ToWorker): void {
    if (this.#process.isConnected()) this.#process.send(message);
  }

  /** Lets it hand on what it holds and end. One that is not ready holds nothing yet, and is killed. */
  stop(drainMs: number): void {
    if (this.#phase === 'ready') {
      this.#phase = 'stopping';
      this.send({ kind: 'stop', drainMs });
    } else if (this.#phase !== 'stopping') this.kill();
  }

  kill(): void {
    if (this.#phase !== 'gone') this.#process.process.kill('SIGKILL');
  }

  /** Resolves when `metrics` are those of now, or those of before when the worker takes too long. */
  refreshMetrics(): Promise<void> {
    const id = ++this.#lastReport;
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#reports.delete(id);
        resolve();
      };
      const cancel = systemClock.after(reportWithinMs, done);
      this.#reports.set(id, done);
      this.send({ kind: 'snapshot', id });
    });
  }
}

function noop(_reached: boolean): void {}
