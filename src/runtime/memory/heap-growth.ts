import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { every, systemClock } from '../../component/clock.js';

/** Over how many samples the heap's lowest size counts. */
const samples = 8;
/** How often the growth is set anew, milliseconds. */
const intervalMs = 500;
/** Bytes up to which the heap may fill before it is collected, however little of it is alive. */
const roomy = 64 * 2 ** 20;
/** Percent. Where the heap may grow by less than this, V8's own way lets it grow further between two collections. */
const leastPercent = 50;
const mostPercent = 800;

/**
 * Lets garbage gather while the process is small. A gateway keeps little alive but sees many megabytes of requests go
 * by, outside the heap proper, and V8 then collects the whole heap ten times a second: half of the CPU time (measured:
 * 4.8 against 2.0 CPU-s per million spans). Up to an eighth of the memory limit, 64 MiB at most, may fill before a
 * collection; above it V8 decides as it always does.
 *
 * Young objects get 1 MiB instead of the 16 that V8 grows to (twice, it copies between two halves). Requests are bytes
 * outside that space, which are freed with the young objects that own them: a small space frees them every 100 ms. In a
 * large one they gather until V8 collects the whole heap because of them: some starts of `pass-http` took 4.3 to 4.9
 * CPU-s per million spans for that reason, the others 2.9. Measured with both bounds, beside a space that grows and
 * 128 MiB: `pass-http` 2.8 against 3.1, `transform-5` 7.3 against 7.8; peak RSS of `split-10` 156 against 245 MiB, of
 * `split-3` 142 against 176.
 */
export function limitHeapGrowth(memoryLimit: number): void {
  const room = Math.min(roomy, memoryLimit / 8);
  setFlagsFromString('--semi-space-growth-factor=1');
  let current = 0;
  const recent = new Float64Array(samples).fill(heapUsed());
  let next = 0;
  const adjust = (): void => {
    recent[next++ % samples] = heapUsed();
    const percent = growthPercent(room, Math.min(...recent));
    // Small steps are not worth a change.
    if (percent === current || (percent !== 0 && Math.abs(percent - current) < 20)) return;
    current = percent;
    setFlagsFromString(`--heap-growing-percent=${percent}`);
  };
  adjust();
  every(systemClock, intervalMs, adjust);
}

/**
 * By how much V8 lets the heap grow from what a collection leaves alive, which the lowest of some samples is close to.
 * Zero is V8's own way.
 */
export function growthPercent(room: number, alive: number): number {
  const percent = Math.round((room / alive - 1) * 100);
  return percent < leastPercent ? 0 : Math.min(mostPercent, percent);
}

/** Bytes. `process.memoryUsage()` reads a file of /proc, and throws while no file descriptor is left. */
function heapUsed(): number {
  return getHeapStatistics().used_heap_size;
}
