import type { MetricSpec } from '../component/telemetry.js';
import type { CheckedConfig } from '../config/checked.js';
import { Service, type ProcessState } from '../pipeline/service.js';
import { LedgerFile } from '../telemetry/ledger-file.js';
import { snapshotOf } from '../telemetry/merged.js';
import { deadline, EventQueue } from '../runtime/signals.js';
import { Balancer } from './offload/balancer.js';
import { processState } from './process-state.js';
import { handOverPath, workerLedger, workerNumber, type FromWorker, type ToWorker } from './messages.js';

/** The metric of workers that hand over batches. */
export const handedOver: MetricSpec = {
  name: 'kanmon_worker_handed_over_batches',
  description: 'Batches that a worker handed over to another one because it got too many.',
  unit: '{batch}',
  kind: 'counter',
  level: 'basic',
};

/** How soon the books are on file when something other than an acknowledgement waits for it, milliseconds. */
const soonMs = 20;

type Event = { readonly kind: 'stop'; readonly drainMs: number } | { readonly kind: 'failed'; readonly error: Error };

export interface WorkOptions {
  load(): Promise<CheckedConfig>;
  readonly drainMs: number;
  prepare(state: ProcessState): ProcessState;
}

/** Runs as one of several workers: the primary says when to stop, and shows metrics, books and health of all. Resolves with the exit code. */
export async function work({ load, drainMs, prepare }: WorkOptions): Promise<number> {
  // The books are on file before anything is acknowledged, and soon after whatever else changes them.
  const file = new LedgerFile(process.env[workerLedger] ?? '');
  let due = false;
  let tell = (_error: unknown): void => {};
  const write = (): void => {
    due = false;
    try {
      file.write(alone.books.rows());
    } catch (error) {
      // What has been delivered must not be refused for it.
      tell(error);
    }
  };
  const changed = (accepted: boolean): void => {
    if (accepted) write();
    else if (!due) {
      due = true;
      setTimeout(write, soonMs).unref();
    }
  };
  const alone = prepare(processState({ number: Number(process.env[workerNumber]), changed }));
  const { clock, random, budget } = alone;
  const balancer = new Balancer({ path: handOverPath(process.env[workerLedger] ?? ''), clock, random, budget, write, load: loadMeter() });
  const state: ProcessState = { ...alone, spread: balancer };
  const events = new EventQueue<Event>();
  // The primary has its own: a signal to the whole group must not end the workers before it says so.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('disconnect', () => events.put({ kind: 'stop', drainMs }));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  const service = await Service.build(await load(), state);
  service.metrics.meter('kanmon').observe(handedOver, {}, () => balancer.handedOver);
  tell = (error) =>
    service.logger.error('The books of this worker could not be written to their file: should it die, they would not be exact', { error });
  void service.failed.then((error) => events.put({ kind: 'failed', error }));
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') events.put(message);
    else if (message.kind === 'peers') balancer.setPeers(message.paths);
    else say({ kind: 'snapshot', id: message.id, families: snapshotOf(service.metrics.families.values()) });
  });
  const { statuses } = service;
  let statusDue = false;
  statuses.watch(() => {
    if (statusDue) return;
    statusDue = true;
    setImmediate(() => {
      statusDue = false;
      say({ kind: 'status', components: statuses.all() });
    });
  });
  await service.start();
  await balancer.start();
  say({ kind: 'ready' });

  const alive = setInterval(() => {}, 1 << 30);
  const event = await events.take();
  if (event.kind === 'failed') {
    service.logger.error('Asynchronous error received, terminating process', { error: event.error });
    say({ kind: 'failed', message: event.error.message });
  }
  const end = deadline(event.kind === 'stop' ? event.drainMs : drainMs);
  const stopped = balancer.stop(end).then(() => service.shutdown(end));
  // Whoever asks twice does not want to wait.
  const again: Promise<unknown> = events.take().then(({ kind }) => (kind === 'stop' ? undefined : stopped));
  await Promise.race([stopped, again]);
  clearInterval(alive);
  write();
  await balancer.close();
  file.close();
  process.disconnect?.();
  return 0;
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

/**
 * How busy this worker was since the last call: the share of the time in which its event loop had work and it had a core to do it on. One
 * that waits for a core gains nothing by handing over, as the others would wait for the same.
 */
function loadMeter(): () => number {
  let loop = performance.eventLoopUtilization();
  let cpu = process.cpuUsage();
  let at = performance.now();
  return () => {
    const now = performance.now();
    const { utilization } = performance.eventLoopUtilization(loop);
    const { user, system } = process.cpuUsage(cpu);
    const cores = (user + system) / 1000 / (now - at);
    loop = performance.eventLoopUtilization();
    cpu = process.cpuUsage();
    at = now;
    return Math.min(utilization, cores);
  };
}
