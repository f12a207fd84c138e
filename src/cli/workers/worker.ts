import type { CheckedConfig } from '../../config/checked.js';
import { Service, type ProcessState } from '../../pipeline/service.js';
import { LedgerFile } from '../../telemetry/ledger-file.js';
import { snapshotOf } from '../../telemetry/merged.js';
import { deadline, EventQueue } from '../events.js';
import { processState } from '../process-state.js';
import { workerLedger, workerNumber, type FromWorker, type ToWorker } from './messages.js';

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
  const write = (): void => {
    due = false;
    file.write(state.books.rows());
  };
  const changed = (accepted: boolean): void => {
    if (accepted) write();
    else if (!due) {
      due = true;
      setImmediate(write);
    }
  };
  const state = prepare(processState({ number: Number(process.env[workerNumber]), changed }));
  const events = new EventQueue<Event>();
  // The primary has its own: a signal to the whole group must not end the workers before it says so.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('disconnect', () => events.put({ kind: 'stop', drainMs }));
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  const service = await Service.build(await load(), state);
  void service.failed.then((error) => events.put({ kind: 'failed', error }));
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') events.put(message);
    else say({ kind: 'snapshot', id: message.id, families: snapshotOf(service.metrics.families.values()) });
  });
  await service.start();
  say({ kind: 'ready' });

  const alive = setInterval(() => {}, 1 << 30);
  const event = await events.take();
  if (event.kind === 'failed') {
    service.logger.error('Asynchronous error received, terminating process', { error: event.error });
    say({ kind: 'failed', message: event.error.message });
  }
  const stopped = service.shutdown(deadline(event.kind === 'stop' ? event.drainMs : drainMs));
  // Whoever asks twice does not want to wait.
  const again: Promise<unknown> = events.take().then(({ kind }) => (kind === 'stop' ? undefined : stopped));
  await Promise.race([stopped, again]);
  clearInterval(alive);
  write();
  file.close();
  process.disconnect?.();
  return 0;
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
