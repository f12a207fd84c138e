import cluster, { type Worker } from 'node:cluster';
import path from 'node:path';
import type { LedgerRow } from '../component/ledger.js';
import type { ComponentStatus } from '../component/status.js';
import type { Logger } from '../component/telemetry.js';
import { bookedAsDead, mergedRows, readLedgerFile } from '../telemetry/ledger-file.js';
import { MergedMetrics, type FamilySnapshot } from '../telemetry/merged.js';
import { handOverPath, workerLedger, workerNumber, type FromWorker, type ToWorker } from './messages.js';

/** How long a worker may take to tell its metrics before its last ones are shown, milliseconds. */
const answerWithinMs = 1000;
/** Pauses before a worker that died is started again, milliseconds: none at first, doubling to the longest. */
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** Whoever lived so long did not die of its start, milliseconds. */
const livedMs = 60_000;

type Phase = 'starting' | 'ready' | 'stopping' | 'gone';

interface Member {
  readonly number: number;
  readonly process: Worker;
  readonly file: string;
  readonly startedMs: number;
  phase: Phase;
  metrics: readonly FamilySnapshot[];
  statuses: readonly ComponentStatus[];
  readonly answers: Map<number, () => void>;
  /** Settles with true when it is ready, with false when it ended before. */
  readonly ready: Promise<boolean>;
  readonly ended: Promise<void>;
}

export interface FleetOptions {
  readonly count: number;
  /** Where the books of the workers are written. */
  readonly folder: string;
  /** Memory of each worker, bytes. */
  readonly memoryBytes: number;
  logger(): Logger;
  /** A worker can't go on, or can't be started again. */
  failed(error: Error): void;
}

/** The workers of one program: started, watched, started again, replaced, stopped; and what all of them have counted. */
export class Fleet {
  readonly metrics: MergedMetrics = new MergedMetrics();
  readonly #options: FleetOptions;
  #members: Member[] = [];
  #gone: LedgerRow[] = [];
  #stopping = false;
  /** One more with every set that replaces another: those of an older one are not started again. */
  #generation = 0;
  #file = 0;
  #question = 0;
  readonly #deaths: Map<number, number> = new Map();

  constructor(options: FleetOptions) {
    this.#options = options;
    // Objects as they are, with the infinities that JSON does not have.
    cluster.setupPrimary({ serialization: 'advanced' });
  }

  /** Starts the workers. Resolves with false, and none left, when one ended before it was ready. */
  async start(): Promise<boolean> {
    return (await this.#startSet()) !== undefined;
  }

  /** Starts another set, and stops the one before when that is ready: nobody finds the ports closed. Resolves with false when it is not. */
  async replace(drainMs: number): Promise<boolean> {
    const fresh = await this.#startSet();
    if (!fresh) return false;
    this.#generation++;
    await this.#stop(
      this.#members.filter((member) => !fresh.includes(member)),
      drainMs,
    );
    return true;
  }

  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    await this.#stop(this.#members, drainMs);
  }

  killAll(): void {
    this.#stopping = true;
    for (const member of this.#members) this.#kill(member);
  }

  /** The books of all workers, those that are gone included. */
  rows(): LedgerRow[] {
    return mergedRows([this.#gone, ...this.#members.map(({ file }) => readLedgerFile(file))]);
  }

  /** The states of the components of each worker that is ready, by its number. */
  statuses(): ReadonlyMap<number, readonly ComponentStatus[]> {
    return new Map(this.#members.filter(({ phase }) => phase === 'ready').map(({ number, statuses }) => [number, statuses]));
  }

  /** A component of the primary can't go on. */
  fatal(error: Error): void {
    this.#options.failed(error);
  }

  /** What every worker tells of itself now; the last it told when it takes too long. */
  async snapshots(): Promise<(readonly FamilySnapshot[])[]> {
    const asked = this.#members.filter(({ phase }) => phase === 'ready');
    await Promise.all(asked.map((member) => this.#ask(member)));
    return this.#members.map(({ metrics }) => metrics);
  }

  /** The first alone, so that what is wrong with all is told once. Undefined, with nothing left of the set, when one is not to be had. */
  async #startSet(): Promise<readonly Member[] | undefined> {
    const first = this.#fork(1);
    const fresh = [first];
    let good = await first.ready;
    if (good) {
      for (let number = 2; number <= this.#options.count; number++) fresh.push(this.#fork(number));
      good = (await Promise.all(fresh.map(({ ready }) => ready))).every(Boolean);
    }
    if (good) return fresh;
    for (const member of fresh) this.#kill(member);
    await Promise.all(fresh.map(({ ended }) => ended));
    return undefined;
  }

  #ask(member: Member): Promise<void> {
    const id = ++this.#question;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(late);
        member.answers.delete(id);
        resolve();
      };
      const late = setTimeout(done, answerWithinMs);
      member.answers.set(id, done);
      tell(member, { kind: 'snapshot', id });
    });
  }

  #fork(number: number): Member {
    const { folder, memoryBytes } = this.#options;
    const file = path.join(folder, `books-${++this.#file}`);
    const child = cluster.fork({
      [workerNumber]: String(number),
      [workerLedger]: file,
      KANMON_MEMORY_LIMIT_MIB: String(Math.max(1, Math.floor(memoryBytes / 2 ** 20))),
    });
    let settle: (ready: boolean) => void = () => {};
    const ready = new Promise<boolean>((resolve) => (settle = resolve));
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const member: Member = {
      ...{ number, process: child, file, ready, ended, startedMs: performance.now() },
      ...{ phase: 'starting', metrics: [], statuses: [], answers: new Map() },
    };
    this.#members.push(member);
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        if (member.phase === 'starting') member.phase = 'ready';
        this.#introduce();
        settle(true);
      } else if (message.kind === 'snapshot') {
        member.metrics = message.families;
        member.answers.get(message.id)?.();
      } else if (message.kind === 'status') {
        member.statuses = message.components;
      } else this.#options.failed(new Error(message.message));
    });
    child.on('error', () => {});
    child.once('exit', (code, signal) => {
      settle(false);
      this.#ended(member, code, signal);
    });
    return member;
  }

  #ended(member: Member, code: number, signal: string): void {
    const before = member.phase;
    member.phase = 'gone';
    for (const answer of member.answers.values()) answer();
    this.#members = this.#members.filter((other) => other !== member);
    this.#introduce();
    const rows = readLedgerFile(member.file);
    const orderly = before === 'stopping' && code === 0;
    this.#gone = mergedRows([this.#gone, orderly ? rows : bookedAsDead(rows)]);
    this.metrics.retire(member.metrics);
    if (orderly || before === 'starting' || this.#stopping) return;
    const dropped = bookedAsDead(rows).reduce((sum, row) => sum + (row.kind === 'component' ? (row.dropped['worker_died'] ?? 0) : 0), 0);
    const { number } = member;
    this.#options.logger().error('A worker died; another one takes its place', { worker: number, code, signal, dropped_items: dropped });
    void this.#again(number, performance.now() - member.startedMs >= livedMs ? 0 : (this.#deaths.get(number) ?? 0));
  }

  /** Starts a worker in the place of one that died, until one becomes ready. */
  async #again(number: number, deaths: number): Promise<void> {
    const generation = this.#generation;
    for (let n = deaths; !this.#stopping && generation === this.#generation; n++) {
      this.#deaths.set(number, n + 1);
      if (n > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(longestPauseMs, firstPauseMs * 2 ** (n - 1))));
      if (this.#stopping || generation !== this.#generation || (await this.#fork(number).ready)) return;
      this.#options.logger().error('A worker could not be started again; it is tried later', { worker: number });
    }
  }

  async #stop(members: readonly Member[], drainMs: number): Promise<void> {
    // Who is not ready holds nothing yet, and does not listen.
    for (const member of members) {
      if (member.phase === 'starting') this.#kill(member);
      else member.phase = 'stopping';
    }
    this.#introduce();
    for (const member of members) tell(member, { kind: 'stop', drainMs });
    // A worker keeps its own deadline; who overruns even that is ended.
    const late = setTimeout(() => members.forEach((member) => this.#kill(member)), drainMs + 5000);
    await Promise.all(members.map(({ ended }) => ended));
    clearTimeout(late);
  }

  /** Tells all of those that can share the load of each other. */
  #introduce(): void {
    const paths = this.#members.filter(({ phase }) => phase === 'ready').map(({ file }) => handOverPath(file));
    for (const member of this.#members) if (member.phase !== 'gone') tell(member, { kind: 'peers', paths });
  }

  #kill(member: Member): void {
    if (member.phase !== 'gone') member.process.process.kill('SIGKILL');
  }
}

function tell({ process: child }: Member, message: ToWorker): void {
  if (child.isConnected()) child.send(message);
}
