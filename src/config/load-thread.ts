// Runs in a thread of its own: reads and checks a configuration while the gateway serves. Only its report leaves it:
// the schemas hold functions, which can't, so that the main thread decodes a good configuration once more.
import { parentPort, workerData } from 'node:worker_threads';
import { checkSources, readConfig, type LoadRequest, type Sources } from './load.js';

/** The thread's report. */
export type LoadReport =
  | { readonly kind: 'good'; readonly sources: Sources }
  | { readonly kind: 'bad'; readonly name: string; readonly message: string };

async function load(request: LoadRequest): Promise<LoadReport> {
  try {
    const sources = await readConfig(request);
    await checkSources(sources, request, { willRun: true });
    return { kind: 'good', sources };
  } catch (error) {
    const { name, message } = error as Error;
    return { kind: 'bad', name, message };
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the port of a thread has no origin
parentPort?.postMessage(await load(workerData as LoadRequest));
