/** A read in the turn that takes longer had to wait for a disk, milliseconds. */
const slowMs = 2;
/** Reads that go to the thread pool after a slow one, at first and at most: each further slow one doubles them. */
const fewest = 8;
const most = 1024;

/**
 * Says whether a file is read in the turn or in the thread pool. The page cache has what was just written, and answers
 * in a tenth of the time that a way to another thread and back costs. A disk does not: after a read that waited for it,
 * the next ones are left to the thread pool, and the event loop goes on meanwhile.
 */
export class ReadPace {
  #pooled = 0;
  #next = fewest;

  /** Whether the next read is made in the turn. */
  get isQuick(): boolean {
    return this.#pooled === 0;
  }

  /** A read in the turn took so long, milliseconds. */
  took(ms: number): void {
    if (ms < slowMs) {
      this.#next = Math.max(fewest, this.#next - 1);
      return;
    }
    this.#pooled = this.#next;
    this.#next = Math.min(most, this.#next * 2);
  }

  /** A read was left to the thread pool. */
  pooled(): void {
    this.#pooled--;
  }
}
