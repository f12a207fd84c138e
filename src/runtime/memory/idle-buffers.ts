import { boundIdle, trimIdle } from './buffer-pool.js';

/** What may lie idle for the next requests, as a part of the memory limit, and at most, bytes. */
const share = 1 / 32;
const most = 256 * 2 ** 20;
/** Memory that nobody needed for so long goes back, milliseconds. */
const intervalMs = 10_000;

/** Keeps the memory of requests that are over for those to come, within the memory limit. */
export function recycleMemory(memoryLimit: number): void {
  boundIdle(Math.min(most, memoryLimit * share));
  setInterval(trimIdle, intervalMs).unref();
}
