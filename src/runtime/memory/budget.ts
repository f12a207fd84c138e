import { totalmem } from 'node:os';
import type { ByteBudget, ByteShare } from '../../component/budget.js';

/** The part of the budget that all queues together may hold. The rest is always left to requests in progress. */
const queuesPart = 3 / 4;
/** The part of the queues' memory that is divided evenly among them: what each can always have. */
const guaranteedPart = 1 / 4;

/** One holder's part of the queues' memory. */
interface Account {
  readonly holder: string;
  used: number;
  /** The part of `used` above the guaranteed share. */
  excess: number;
  /** How many shares of it are open. */
  open: number;
}

/**
 * The bytes that all queues and requests in progress keep alive, bounded together. One per process, shared by all, by a
 * law that keeps one of them from taking the memory of the others:
 *
 * - The queues together hold at most three quarters of the limit, so that requests can be received however full they
 *   are.
 * - A quarter of the queues' memory is divided evenly among all queues there are. Each can always have this guaranteed
 *   share; requests in progress do not take it either.
 * - The rest is common. A queue may take as much of it as it leaves free: one backend that is dead gets half of it, two
 *   a third each. A queue that has no neighbour may take all of it.
 * - A queue that holds nothing may take one request that is larger than this, if it fits into what is free.
 */
export class SharedByteBudget implements ByteBudget {
  readonly limit: number;
  /** Bytes that all guaranteed shares have together. */
  readonly #guaranteed: number;
  /** Bytes of the queues beyond these. */
  readonly #common: number;
  readonly #accounts: Map<string, Account> = new Map();
  /** Of one queue, bytes. */
  #guaranteedShare = 0;
  #requests = 0;
  #queued = 0;
  /** Bytes that all queues have of the common part. */
  #excess = 0;
  #waiting: Set<() => void> = new Set();

  constructor(limit: number) {
    this.limit = limit;
    const queues = Math.floor(limit * queuesPart);
    this.#guaranteed = Math.floor(queues * guaranteedPart);
    this.#common = queues - this.#guaranteed;
  }

  get used(): number {
    return this.#requests + this.#queued;
  }

  tryReserve(bytes: number): boolean {
    if (!this.fits(bytes)) return false;
    this.#requests += bytes;
    return true;
  }

  fits(bytes: number): boolean {
    return bytes <= Math.min(this.#free, this.limit - this.used);
  }

  release(bytes: number): void {
    this.#requests -= bytes;
    this.#wake();
  }

  withdraw(bytes: number): void {
    this.#requests -= bytes;
  }

  onceReleased(run: () => void): () => void {
    // A wrapper of its own, so that the same function may wait twice.
    const entry = (): void => run();
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  }

  share(holder: string): ByteShare {
    let account = this.#accounts.get(holder);
    if (!account) {
      account = { holder, used: 0, excess: 0, open: 0 };
      this.#accounts.set(holder, account);
      this.#divide();
    }
    account.open++;
    return this.#shareOf(account);
  }

  #shareOf(account: Account): ByteShare {
    let open = true;
    const limit = (): number => this.#guaranteedShare + this.#common;
    const room = (): number => this.#roomOf(account);
    return {
      get limit() {
        return limit();
      },
      get used() {
        return account.used;
      },
      get room() {
        return room();
      },
      tryReserve: (bytes) => {
        if (bytes > room()) return false;
        this.#change(account, bytes);
        return true;
      },
      fits: (bytes) => bytes <= room(),
      release: (bytes) => {
        this.#change(account, -bytes);
        this.#forget(account);
        this.#wake();
      },
      withdraw: (bytes) => this.#change(account, -bytes),
      onceReleased: (run) => this.onceReleased(run),
      close: () => {
        if (!open) return;
        open = false;
        account.open--;
        this.#forget(account);
        this.#wake();
      },
    };
  }

  /** Bytes that are nobody's: neither used nor guaranteed. */
  get #free(): number {
    return this.limit - this.#requests - this.#guaranteedShare * this.#accounts.size - this.#excess;
  }

  #roomOf({ used, excess }: Account): number {
    const common = this.#common - (this.#excess - excess);
    const most = used === 0 || this.#accounts.size === 1 ? common : Math.floor(common / 2);
    const guaranteed = Math.max(0, this.#guaranteedShare - used);
    const room = guaranteed + Math.max(0, Math.min(most - excess, this.#free));
    // Shares change with the number of queues, and what was reserved before does not.
    return Math.max(0, Math.min(room, this.limit - this.used));
  }

  #change(account: Account, bytes: number): void {
    account.used += bytes;
    this.#queued += bytes;
    this.#setExcess(account);
  }

  #setExcess(account: Account): void {
    const excess = Math.max(0, account.used - this.#guaranteedShare);
    this.#excess += excess - account.excess;
    account.excess = excess;
  }

  /** A queue that is gone counts as long as something of it is alive. */
  #forget(account: Account): void {
    if (account.open > 0 || account.used > 0 || !this.#accounts.delete(account.holder)) return;
    this.#divide();
  }

  #divide(): void {
    this.#guaranteedShare = Math.floor(this.#guaranteed / Math.max(1, this.#accounts.size));
    for (const account of this.#accounts.values()) this.#setExcess(account);
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const run of woken) run();
  }
}

export interface MemoryLimit {
  readonly bytes: number;
  /** The source of the limit. */
  readonly source: 'KANMON_MEMORY_LIMIT_MIB' | 'cgroup' | 'machine';
}

/**
 * The memory this process may use: what the environment variable KANMON_MEMORY_LIMIT_MIB says, else its cgroup's limit
 * (v1 or v2) when that is below the machine's memory. Throws when the variable is no positive number.
 */
export function memoryLimit(
  constrained: number | undefined = process.constrainedMemory(),
  machine: number = totalmem(),
  given: string | undefined = process.env['KANMON_MEMORY_LIMIT_MIB'],
): MemoryLimit {
  if (given !== undefined && given !== '') {
    const mib = Number(given);
    if (!(mib > 0))
      throw new Error(`KANMON_MEMORY_LIMIT_MIB is ${JSON.stringify(given)}: give a positive number of MiB`);
    return { bytes: mib * 2 ** 20, source: 'KANMON_MEMORY_LIMIT_MIB' };
  }
  // Without a limit Node returns 0, undefined or a number beyond any memory, by version.
  if (constrained !== undefined && constrained > 0 && constrained < machine)
    return { bytes: constrained, source: 'cgroup' };
  return { bytes: machine, source: 'machine' };
}

/**
 * The part of the memory limit that all queues and requests in progress together may keep alive, unless the user says
 * otherwise.
 */
export const queueMemoryShare = 0.25;
