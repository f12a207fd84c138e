import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Up to this memory limit garbage is looked after by hand, bytes. Above it there is room for V8's own ways. */
const small = 2 ** 30;
/** What may lie about before it is collected, as a part of the memory limit. */
const tolerated = 1 / 24;
const intervalMs = 100;

/**
 * Collects as soon as the buffers of requests that are gone take more than a twenty-fourth of a small memory limit. V8 lets 64 MiB of them
 * gather whatever the limit is, which is an eighth of a 512 MiB container; a collection costs few milliseconds, since little is alive.
 *
 * @param held - bytes that are in use, of all buffers there are
 */
export function collectEarly(memoryLimit: number, held: () => number): void {
  if (memoryLimit > small) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const unheld = (): number => process.memoryUsage().arrayBuffers - held();
  // What a collection leaves is alive though nobody counts it: only what is more than that is garbage.
  let alive = 0;
  setInterval(() => {
    alive = Math.min(alive, Math.max(0, unheld()));
    if (unheld() - alive <= memoryLimit * tolerated) return;
    collect();
    alive = Math.max(0, unheld());
  }, intervalMs).unref();
}
