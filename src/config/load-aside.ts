import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { abortAfter, systemClock, type Clock } from '../component/clock.js';
import { maxLoadHeapMib, maxLoadMs } from './bounds.js';
import type { CheckedConfig } from './checked.js';
import type { LoadReport } from './load-thread.js';
import { checkSources, type LoadRequest } from './load.js';

/** The bounds of a load, and the thread that it takes place in. */
export interface LoadBounds {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly ms: number;
  readonly heapMib: number;
  readonly thread: URL;
}

const ordinary: LoadBounds = {
  clock: systemClock,
  ms: maxLoadMs,
  heapMib: maxLoadHeapMib,
  thread: new URL('./load-thread.js', import.meta.url),
};

/**
 * Loads a configuration as `loadConfig` does while this thread goes on serving: another thread reads and checks it,
 * and is ended when that takes too long or too much memory. Only one that is good is decoded here. Rejects with what is
 * wrong, or at once when `signal` fires.
 */
export async function loadAside(
  request: LoadRequest,
  signal: AbortSignal,
  bounds: Partial<LoadBounds> = {},
): Promise<CheckedConfig> {
  const used = { ...ordinary, ...bounds };
  const late = abortAfter(used.clock, used.ms);
  const report = await reported(request, AbortSignal.any([signal, late]), used).catch((error: unknown) => {
    throw late.aborted ? new Error(`loading the configuration took longer than ${used.ms / 1000} s`) : error;
  });
  if (report.kind === 'bad') throw Object.assign(new Error(report.message), { name: report.name });
  return checkSources(report.sources, request, { willRun: true });
}

async function reported(request: LoadRequest, signal: AbortSignal, bounds: LoadBounds): Promise<LoadReport> {
  signal.throwIfAborted();
  const thread = new Worker(bounds.thread, {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: bounds.heapMib },
  });
  try {
    // An error of the thread, such as that it needs more memory than it may have, rejects.
    const [report] = (await Promise.race([
      once(thread, 'message', { signal }),
      once(thread, 'exit', { signal }).then(([code]) => {
        throw new Error(`the thread that loads the configuration ended with code ${String(code)}`);
      }),
    ])) as [LoadReport];
    return report;
  } finally {
    // It may be busy: nothing waits for its end.
    thread.on('error', () => {});
    void thread.terminate();
  }
}
