import { floatAt } from '../../../../otlp/wire/at.js';
import type { ProcessReading } from './process-reading.js';

/** pid, start time in ticks, user, system and wait in seconds, time of the reading in milliseconds. */
const width = 6;

/**
 * CPU times of the scrape before, for shares. Processes come in the order of their numbers, so that two tables are
 * walked side by side.
 */
export class CpuShares {
  #before: Float64Array = new Float64Array(0);
  #beforeCount = 0;
  #beforeAt = 0;
  #now: Float64Array = new Float64Array(width * 64);
  #count = 0;

  /** The next process is the first of a scrape. */
  begin(): void {
    [this.#before, this.#now] = [this.#now, this.#before];
    this.#beforeCount = this.#count;
    this.#beforeAt = 0;
    this.#count = 0;
  }

  /** Sets the shares of a process that was there at the scrape before. `start` tells it from a later one. */
  next(reading: ProcessReading, start: number, readAt: number, cpus: number): void {
    const { pid, user, system, wait } = reading;
    reading.share = undefined;
    const before = this.#before;
    while (this.#beforeAt < this.#beforeCount && floatAt(before, this.#beforeAt * width) < pid) this.#beforeAt++;
    const at = this.#beforeAt * width;
    if (this.#beforeAt < this.#beforeCount && floatAt(before, at) === pid && floatAt(before, at + 1) === start) {
      const seconds = ((readAt - floatAt(before, at + 5)) / 1000) * cpus;
      const share = (now: number, place: number): number =>
        seconds > 0 ? Math.max(0, (now - floatAt(before, at + place)) / seconds) : 0;
      reading.share = { user: share(user, 2), system: share(system, 3), wait: share(wait, 4) };
    }
    this.#keep(pid, start, user, system, wait, readAt);
  }

  #keep(...row: readonly [number, number, number, number, number, number]): void {
    const at = this.#count++ * width;
    if (at + width > this.#now.length) {
      const larger = new Float64Array(Math.max(width * 64, this.#now.length * 2));
      larger.set(this.#now);
      this.#now = larger;
    }
    this.#now.set(row, at);
  }
}
