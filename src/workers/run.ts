import type { CheckedConfig } from '../config/checked.js';
import { Service, type ProcessState } from '../pipeline/service.js';
import { deadline, EventQueue, takeSignals, type SignalEvent } from '../runtime/signals.js';

export interface RunOptions {
  /** Reads and checks the configuration anew. */
  load(): Promise<CheckedConfig>;
  readonly state: ProcessState;
  /** How long a shutdown may take to hand on what is held, milliseconds. */
  readonly drainMs: number;
}

type Event = SignalEvent | { readonly kind: 'failed'; readonly error: Error };

/** How long a reload may take to hand on what is held, milliseconds. */
const reloadDrainMs = 3000;

/**
 * Runs the service until a signal ends it: SIGINT and SIGTERM drain within a deadline, a second one ends at once,
 * SIGHUP checks the configuration anew and changes to it if it is good. Resolves with the exit code; rejects with
 * what kept it from starting.
 */
export async function run({ load, state, drainMs }: RunOptions): Promise<number> {
  let config = await load();
  let service = await Service.build(config, state);
  const events = new EventQueue<Event>();
  takeSignals(events);
  const watch = (running: Service): void => void running.failed.then((error) => events.put({ kind: 'failed', error }));
  watch(service);
  await service.start();
  // A waiting gateway with nothing open must stay alive.
  const alive = setInterval(() => {}, 1 << 30);
  for (;;) {
    const event = await events.take();
    switch (event.kind) {
      case 'stop': {
        service.logger.info('Received signal from OS', { signal: event.signal });
        const second = events.take().then((): 'second' => 'second');
        const ended = await Promise.race([service.shutdown(deadline(drainMs)), second]);
        clearInterval(alive);
        return ended === 'second' && holds(state) ? 1 : 0;
      }
      case 'failed':
        service.logger.error('Asynchronous error received, terminating process', { error: event.error });
        await service.shutdown(deadline(drainMs));
        clearInterval(alive);
        return 0;
      case 'reload': {
        service.logger.info('Received signal from OS', { signal: 'hangup' });
        const next = await load().catch((error: Error) => {
          service.logger.error('The new configuration is bad; the old one keeps running', { error });
        });
        if (!next) break;
        service.logger.warn('Config updated, restart service');
        // Meanwhile nothing listens, so that a backend that is down must not hold a reload up for long.
        await service.shutdown(deadline(Math.min(drainMs, reloadDrainMs)));
        service = await restart(next, config, state);
        config = next;
        watch(service);
        break;
      }
    }
  }
}

/** Starts the new configuration; if that fails, the old one again, so that a bad reload never leaves nothing running. */
async function restart(next: CheckedConfig, old: CheckedConfig, state: ProcessState): Promise<Service> {
  try {
    const service = await Service.build(next, state);
    await service.start();
    return service;
  } catch (error) {
    const service = await Service.build(old, state).catch(() => undefined);
    if (service) {
      service.logger.error('The new configuration did not start; going back to the old one', { error });
      await service.start();
      return service;
    }
    throw new Error(`failed to setup configuration components: ${(error as Error).message}`, { cause: error });
  }
}

function holds({ books }: ProcessState): boolean {
  return books.rows().some((row) => row.kind === 'component' && Object.values(row.held).some((items) => items > 0));
}
