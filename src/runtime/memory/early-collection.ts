import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { every, systemClock } from '../../component/clock.js';

/** Up to this memory limit garbage is looked after by hand, bytes. Above it there is room for V8's own ways. */
const small = 2 ** 30;
/** Garbage that may gather before it is collected, as a share of the memory limit. */
const tolerated = 1 / 24;
const intervalMs = 100;
const mostSkipped = 100;

/**
 * Collects as soon as the buffers of requests that are gone take more than a twenty-fourth of a small memory limit. V8
 * lets 64 MiB of them gather whatever the limit is, which is an eighth of a 512 MiB container; a collection costs few
 * milliseconds, since little is alive.
 *
 * @param held - bytes that are in use, of all buffers there are
 */
export function collectEarly(memoryLimit: number, held: () => number): void {
  if (memoryLimit > small) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Intervals to leave out: more and more while collecting does not help, because memory outside the count is alive and
  // no garbage.
  let skip = 0;
  let skipped = 0;
  every(systemClock, intervalMs, () => {
    if (bufferBytes() - held() <= memoryLimit * tolerated) {
      skip = skipped = 0;
      return;
    }
    if (skipped++ < skip) return;
    skipped = 0;
    skip = Math.min(mostSkipped, skip * 2 + 1);
    collect();
  });
}

/** The bytes of all buffers there are. */
function bufferBytes(): number {
  try {
    return process.memoryUsage().arrayBuffers;
  } catch {
    // It reads a file of /proc, and no file descriptor is left. V8's own count has the memory of WebAssembly as well.
    return getHeapStatistics().external_memory;
  }
}
