import { every, systemClock } from '../../component/clock.js';
import { boundIdle, trimIdle } from './buffer-pool.js';

/** Idle buffers kept for the next requests: their share of the memory limit, and at most, bytes. */
const share = 1 / 32;
const most = 256 * 2 ** 20;
/** Buffers that were idle for this long are freed, milliseconds. */
const intervalMs = 10_000;

/** Keeps the memory of requests that are over for those to come, within the memory limit. */
export function recycleMemory(memoryLimit: number): void {
  boundIdle(Math.min(most, memoryLimit * share));
  every(systemClock, intervalMs, trimIdle);
}
