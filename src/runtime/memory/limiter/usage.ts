import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How the memory is measured and freed; tests bring their own. */
export interface Memory {
  /** Bytes in use. */
  used(): number;
  /** Collects all garbage now. It stops the program for some milliseconds per 100 MiB of objects. */
  collect(): void;
}

/**
 * The memory that this process uses: live and dead objects in V8's heap, the buffers outside it, and what the program
 * itself took at its start. That is what the resident set is made of, without the pages that the allocator keeps after
 * use: these come back into use before more are asked for, so that refusing data because of them would not help.
 */
export function processMemory(): Memory {
  const begin = getHeapStatistics();
  const program = Math.max(0, residentBytes() - begin.total_heap_size - begin.external_memory);
  let gc: (() => void) | undefined;
  return {
    used: () => {
      // Not `process.memoryUsage()`, which throws while no file descriptor is left.
      const usage = getHeapStatistics();
      return program + usage.used_heap_size + usage.external_memory;
    },
    collect: () => {
      gc ??= exposedGc();
      gc();
    },
  };
}

function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    // Without a file descriptor for /proc: the most there ever was, which the kernel tells without one (in KiB).
    return process.resourceUsage().maxRSS * 1024;
  }
}

/** V8's collector, without asking everybody to start with --expose-gc. */
function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  return typeof gc === 'function' ? (gc as () => void) : () => {};
}
