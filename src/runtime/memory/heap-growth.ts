import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { every, systemClock } from '../../component/clock.js';

/** Over how many samples the heap's lowest size counts. */
const samples = 8;
/** How often the growth is set anew, milliseconds. */
const intervalMs = 500;
/** Bytes up to which the heap may fill before it is collected, however little of it is alive. */
const roomy = 128 * 2 ** 20;
const maxPercent = 800;
/** Up to this memory limit the space for young objects stays as small as it begins, bytes. */
const small = 2 ** 30;

/**
 * Lets garbage gather while the process is small. A gateway keeps little alive but sees many megabytes of requests go
 * by, outside the heap proper, and V8 then collects the whole heap ten times a second: half of the CPU time (measured:
 * 4.8 against 2.0 CPU-s per million spans). Up to an eighth of the memory limit, 128 MiB at most, may fill before a
 * collection; above it V8 decides as it always does.
 *
 * Under a small limit young objects get 1 MiB instead of the 16 that V8 grows to (twice, it copies between two halves):
 * requests are bytes outside that space, so it costs no time (measured on `split-3`) and saves 25 MiB.
 */
export function allowHeapGrowth(memoryLimit: number): void {
  const room = Math.min(roomy, memoryLimit / 8);
  if (memoryLimit <= small) setFlagsFromString('--semi-space-growth-factor=1');
  let current = 0;
  const recent = new Float64Array(samples).fill(heapUsed());
  let next = 0;
  const adjust = (): void => {
    recent[next++ % samples] = heapUsed();
    // V8 lets the heap grow by this from what a collection leaves alive, which the lowest of some samples is close to.
    const alive = Math.min(...recent);
    const percent = alive >= room ? 0 : Math.min(maxPercent, Math.round((room / alive - 1) * 100));
    // Zero is V8's own way; small steps are not worth a change.
    if (percent === current || (percent !== 0 && Math.abs(percent - current) < 20)) return;
    current = percent;
    setFlagsFromString(`--heap-growing-percent=${percent}`);
  };
  adjust();
  every(systemClock, intervalMs, adjust);
}

/** Bytes. `process.memoryUsage()` reads a file of /proc, and throws while no file descriptor is left. */
function heapUsed(): number {
  return getHeapStatistics().used_heap_size;
}
