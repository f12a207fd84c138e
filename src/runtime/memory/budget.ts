import { totalmem } from 'node:os';
import type { ByteBudget } from '../../component/budget.js';

/** The bytes that all queues and requests in progress keep alive, bounded together. One per process, shared by all. */
export class SharedByteBudget implements ByteBudget {
  readonly limit: number;
  #used = 0;
  #waiting: Set<() => void> = new Set();

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  tryReserve(bytes: number): boolean {
    if (!this.fits(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  fits(bytes: number): boolean {
    return this.#used + bytes <= this.limit;
  }

  withdraw(bytes: number): void {
    this.#used -= bytes;
  }

  release(bytes: number): void {
    this.#used -= bytes;
    if (this.#waiting.size === 0) return;
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const run of woken) run();
  }

  onceReleased(run: () => void): () => void {
    // A wrapper of its own, so that the same function may wait twice.
    const entry = (): void => run();
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
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
