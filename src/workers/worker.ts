import { keepAlive } from '../component/clock.js';
import type { CheckedConfig } from '../config/checked.js';
import { Service, type ProcessState } from '../pipeline/service.js';
import type { WorkerLinks } from '../pipeline/worker-links.js';
import { deadline, EventQueue } from '../runtime/signals.js';
import { snapshotOf } from '../telemetry/merged.js';
import { BooksFile } from './books-file.js';
import { Exchange } from './exchange/exchange.js';
import { Links } from './links/links.js';
import { socketPath, workerStart, type FromWorker, type ToWorker } from './messages.js';
import { offloadedBatches } from './metrics.js';
import { Balancer } from './offload/balancer.js';
import { loadMeter } from './offload/load-meter.js';
import { processState } from './process-state.js';

type Event =
  | { readonly kind: 'stop'; readonly drainMs: number }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'once_failed'; readonly error: Error };

export interface WorkOptions {
  load(signal: AbortSignal): Promise<CheckedConfig>;
  readonly drainMs: number;
  prepare(state: ProcessState): ProcessState;
}

/**
 * Runs as one of several workers, of which the primary shows metrics, books and health, and which it stops. Resolves
 * with the exit code; rejects with what kept it from starting.
 */
export async function work({ load, drainMs, prepare }: WorkOptions): Promise<number> {
  const { number, count, books, onceIsFree } = workerStart(process.env);
  const file = new BooksFile(books, () => alone.books.rows());
  const alone = prepare(processState((accepted) => file.changed(accepted)));
  const { clock, random, budget } = alone;
  const links = new Links({ number, path: socketPath(books), clock, budget, writeBooks: () => file.write() });
  const balancer = new Balancer({ links, clock, random, load: loadMeter() });
  const mayReceive = gate();
  const onceFreed = gate();
  const worker: WorkerLinks = {
    number,
    offload: (entry) => balancer.between(entry),
    exchange: (entry) => new Exchange(entry, { links, workers: count, clock, budget }),
    async joined() {
      await links.listen();
      report({ kind: 'joined' });
      await mayReceive.opened;
    },
    onceStopped: () => report({ kind: 'once_stopped' }),
  };

  const events = new EventQueue<Event>();
  // The primary receives them, too: a signal to the whole group must not end the workers before the primary has
  // decided.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const orphaned = new AbortController();
  process.on('disconnect', () => {
    orphaned.abort();
    events.put({ kind: 'stop', drainMs });
    mayReceive.open();
  });

  const service = await Service.build(await load(orphaned.signal), {
    ...alone,
    worker,
    onceIsFree: onceIsFree ? undefined : onceFreed.opened,
  });
  service.metrics.meter('kanmon').observe(offloadedBatches, {}, () => balancer.offloaded);
  file.onChange = (error) => {
    report({ kind: 'books', written: error === undefined });
    if (error)
      service.logger.error(
        'The books of this worker could not be written to their file: should it die, they would not be exact',
        { error },
      );
    else service.logger.info('The books of this worker are in their file again');
  };
  // Takes the room before there is something to book.
  file.write();
  void service.failed.then((error) => events.put({ kind: 'failed', error }));
  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'leave':
        service.leave();
        break;
      case 'stop':
        links.beginEnd();
        events.put(message);
        break;
      case 'peers':
        links.setPeers(message.peers);
        break;
      case 'receive':
        mayReceive.open();
        break;
      case 'once_is_free':
        onceFreed.open();
        break;
      case 'snapshot':
        report({ kind: 'snapshot', id: message.id, families: snapshotOf(service.metrics.families.values()) });
    }
  });
  const { statuses } = service;
  let statusDue = false;
  statuses.watch(() => {
    if (statusDue) return;
    statusDue = true;
    setImmediate(() => {
      statusDue = false;
      report({ kind: 'status', components: statuses.all() });
    });
  });
  await service.start();
  service.ready();
  // First: when all are ready, the primary shows their states as those of the program.
  report({ kind: 'status', components: statuses.all() });
  report({ kind: 'ready' });
  service.onceStarted.catch((error: Error) => events.put({ kind: 'once_failed', error }));

  const letEnd = keepAlive();
  const event = await events.take();
  if (event.kind === 'failed') {
    service.logger.error('Asynchronous error received, terminating process', { error: event.error });
    report({ kind: 'failed', message: event.error.message });
  }
  const end = deadline(event.kind === 'stop' ? event.drainMs : drainMs);
  const stopped = balancer
    .stop(end)
    .then(() => service.shutdown(end))
    .then(() => service.close());
  // A second stop does not wait.
  const second: Promise<unknown> = events.take().then(({ kind }) => (kind === 'stop' ? undefined : stopped));
  await Promise.race([stopped, second]);
  letEnd();
  file.write();
  await links.shutdown();
  file.close();
  process.disconnect?.();
  // The primary starts another worker in its place, which tries again.
  return event.kind === 'once_failed' ? 1 : 0;
}

/** Something to wait for until it is opened. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

function report(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
