import { sleep, systemClock } from '../component/clock.js';
import type { Logger } from '../component/telemetry.js';
import { WorkerProcess, type Phase } from './worker-process.js';

/**
 * Pauses before a worker that died is started again, milliseconds: none at first, then from the first to the longest,
 * doubling.
 */
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** A worker that survived this long resets the restart back-off, milliseconds. */
const survivedMs = 60_000;
/** How long a worker may overrun its drain before it is killed, milliseconds: less than the program as a whole. */
const overrunMs = 2000;

export interface WorkerSetOptions {
  readonly count: number;
  /** Memory of each worker, bytes. */
  readonly memoryBytes: number;
  /** Whether what runs `once` may start with the set, or waits for `freeOnce`. */
  readonly onceIsFree: boolean;
  /** A new path for the books of a worker. */
  newBooks(): string;
  logger(): Logger;
  /** A component of a worker can't go on. */
  onFailed(error: Error): void;
  /** A worker ended; returns the items that are lost with it. `orderly`: it was asked to, and held nothing more. */
  onEnded(worker: WorkerProcess, orderly: boolean): number;
}

/**
 * Workers that run the same configuration, numbered from 1: started together, replaced one by one when they die,
 * stopped together.
 */
export class WorkerSet {
  readonly #options: WorkerSetOptions;
  /** How often in a row a worker died soon after its start, by number. */
  readonly #deaths: Map<number, number> = new Map();
  #members: WorkerProcess[] = [];
  #onceIsFree: boolean;
  #left = false;
  #stopping = false;

  constructor(options: WorkerSetOptions) {
    this.#options = options;
    this.#onceIsFree = options.onceIsFree;
  }

  get members(): readonly WorkerProcess[] {
    return this.#members;
  }

  /**
   * Starts all workers; none receives data before all can be reached. The first goes ahead, so that what is wrong with
   * all is logged once. Resolves with false, and none left, when one ended before it was ready.
   */
  async start(): Promise<boolean> {
    const all = [this.#fork(1)];
    if (await this.#startAll(all)) return true;
    this.killAll();
    await Promise.all(all.map(({ ended }) => ended));
    return false;
  }

  /** Lets worker 1 start what runs `once`. */
  freeOnce(): void {
    this.#onceIsFree = true;
    for (const member of this.#members) member.send({ kind: 'once_is_free' });
  }

  /** Resolves when no worker of the set runs what runs `once` any more. Only while it stops. */
  async onceStopped(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.onceStopped));
  }

  /** Lets all workers say outside that nothing more should be sent here, those that are started from now on, too. */
  leave(): void {
    this.#left = true;
    for (const member of this.#members) member.send({ kind: 'leave' });
  }

  /** Stops all workers within `drainMs`, and starts none again. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    const members = [...this.#members];
    for (const member of members) member.stop(drainMs);
    this.#announce();
    // A worker keeps its own deadline; one that overruns even that is killed.
    const cancel = systemClock.after(drainMs + overrunMs, () => members.forEach((member) => member.kill()));
    await Promise.all(members.map(({ ended }) => ended));
    cancel();
  }

  /** Gives a start up; a worker that receives data already goes on until that is known. */
  killUnready(): void {
    for (const member of this.#members) if (member.phase !== 'ready') member.kill();
  }

  killAll(): void {
    this.#stopping = true;
    for (const member of this.#members) member.kill();
  }

  async #startAll(all: WorkerProcess[]): Promise<boolean> {
    const [first] = all;
    if (!first || !(await first.joined)) return false;
    for (let number = 2; number <= this.#options.count; number++) all.push(this.#fork(number));
    if (!(await allTrue(all.map(({ joined }) => joined)))) return false;
    first.send({ kind: 'receive' });
    if (!(await first.ready)) return false;
    for (const member of all) if (member !== first) member.send({ kind: 'receive' });
    return allTrue(all.map(({ ready }) => ready));
  }

  #fork(number: number): WorkerProcess {
    const { count, memoryBytes, newBooks, onFailed } = this.#options;
    const member: WorkerProcess = new WorkerProcess({
      start: { number, count, books: newBooks(), onceIsFree: this.#onceIsFree },
      memoryBytes,
      onJoined: () => this.#announce(),
      onReady: () => {
        this.#announce();
        if (this.#left) member.send({ kind: 'leave' });
      },
      onFailed,
      onEnded: (before, code, signal) => this.#ended(member, before, code, signal),
    });
    this.#members.push(member);
    return member;
  }

  #ended(member: WorkerProcess, before: Phase, code: number, signal: string): void {
    this.#members = this.#members.filter((other) => other !== member);
    this.#announce();
    // By SIGTERM ends a worker that is done while a name look-up hangs (src/net/lookup.ts).
    const orderly = before === 'stopping' && (code === 0 || signal === 'SIGTERM');
    const lost = this.#options.onEnded(member, orderly);
    if (before !== 'ready' || this.#stopping) return;
    const { number } = member;
    this.#options.logger().error('A worker died; another one takes its place', {
      ...{ worker: number, code, signal, dropped_items: lost },
      ...(member.booksAreWritten ? {} : { books: 'incomplete: they could not be written to their file' }),
    });
    const survived = performance.now() - member.startedMs >= survivedMs;
    void this.#replace(number, survived ? 0 : (this.#deaths.get(number) ?? 0));
  }

  /** Starts a worker in the place of one that died, until one becomes ready. */
  async #replace(number: number, deaths: number): Promise<void> {
    for (let n = deaths; !this.#stopping; n++) {
      this.#deaths.set(number, n + 1);
      if (n > 0) await sleep(systemClock, Math.min(longestPauseMs, firstPauseMs * 2 ** (n - 1)));
      if (this.#stopping || (await this.#restart(number))) return;
      if (!this.#stopping)
        this.#options.logger().error('A worker could not be started again; it is tried later', { worker: number });
    }
  }

  async #restart(number: number): Promise<boolean> {
    const member = this.#fork(number);
    if (!(await member.joined)) return false;
    member.send({ kind: 'receive' });
    return member.ready;
  }

  /** Lets all workers know how they reach each other. */
  #announce(): void {
    const peers = this.#members.map(({ address }) => address).filter((address) => address !== undefined);
    for (const member of this.#members) if (member.phase !== 'starting') member.send({ kind: 'peers', peers });
  }
}

async function allTrue(all: readonly Promise<boolean>[]): Promise<boolean> {
  return (await Promise.all(all)).every(Boolean);
}
