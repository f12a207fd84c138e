import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { every, systemClock } from '../../component/clock.js';

/** Up to this memory limit garbage is looked after by hand, bytes. Above it there is room for V8's own ways. */
const small = 2 ** 30;
/** Garbage that may gather before it is collected, as a share of the memory limit. */
const tolerated = 1 / 24;
/** A heap that takes more than this share of the memory limit is collected as well: long headers are in it. */
const largeHeap = 1 / 3;
const intervalMs = 100;
const mostSkipped = 100;

/**
 * Collects as soon as the buffers of requests that are gone take more than a twenty-fourth of a small memory limit. V8
 * lets 64 MiB of them gather whatever the limit is, which is an eighth of a 512 MiB container; a collection costs few
 * milliseconds, since little is alive. So too when the heap takes a third of it, which V8 would let grow beyond it.
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
    const { buffers, heap } = usedBytes();
    if (buffers - held() <= memoryLimit * tolerated && heap <= memoryLimit * largeHeap) {
      skip = skipped = 0;
      return;
    }
    if (skipped++ < skip) return;
    skipped = 0;
    skip = Math.min(mostSkipped, skip * 2 + 1);
    collect();
  });
}

/** The bytes of all buffers there are, and of the heap. */
function usedBytes(): { readonly buffers: number; readonly heap: number } {
  try {
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return { buffers: arrayBuffers, heap: heapUsed };
  } catch {
    // It reads a file of /proc, and no file descriptor is left. V8's own count has the memory of WebAssembly as well.
    const { external_memory: buffers, used_heap_size: heap } = getHeapStatistics();
    return { buffers, heap };
  }
}
