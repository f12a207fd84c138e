import { keepAlive } from '../component/clock.js';
import type { LedgerRow } from '../component/ledger.js';
import type { Logger } from '../component/telemetry.js';
import { EventQueue, takeSignals, type SignalEvent } from '../runtime/signals.js';
import { logLedger } from '../telemetry/ledger-log.js';

/** The running program, in one process or several, as the run loop sees it. */
export interface Deployment {
  /** Once `start` has resolved. */
  readonly logger: Logger;
  /** Resolves with false when it did not start and the reason is logged; rejects with the reason otherwise. */
  start(onFailed: (error: Error) => void): Promise<boolean>;
  /**
   * Changes to the configuration as it is now, or logs why not and keeps the old one. `signal` ends what waits for the
   * new one. Rejects when nothing runs any more.
   */
  reload(signal: AbortSignal): Promise<void>;
  /** Hands on what is held within `drainMs`, and ends. The log stays open. */
  stop(drainMs: number): Promise<void>;
  /** Ends at once while it stops. Resolves with the items that are given up. */
  abandon(): Promise<number>;
  /** The books of the whole program. */
  rows(): LedgerRow[];
  /** Processes of which `rows` has not all that they counted. */
  readonly incompleteBooks: number;
  /** Frees everything, also after a start that failed. */
  close(): Promise<void>;
}

type Event = SignalEvent | { readonly kind: 'failed'; readonly error: Error };

/**
 * Runs a program until a signal ends it: SIGINT and SIGTERM drain within `drainMs`, a second one ends at once, SIGHUP
 * changes to the configuration as it is then if that is good. Resolves with the exit code; rejects with what kept it
 * from starting.
 */
export async function run(deployment: Deployment, drainMs: number): Promise<number> {
  const events = new EventQueue<Event>();
  /** Fires when the program has to end: no reload is waited for then. */
  const ending = new AbortController();
  takeSignals({
    put(event) {
      if (event.kind === 'stop') ending.abort();
      events.put(event);
    },
  });
  // A waiting gateway with nothing open must stay alive.
  const letEnd = keepAlive();
  /** Resolves when a signal comes while the program ends: then it waits for nothing more. */
  let hurried: Promise<'hurried'> = new Promise(() => {});
  try {
    if (!(await deployment.start((error) => events.put({ kind: 'failed', error })))) return 1;
    for (;;) {
      const event = await events.take();
      const { logger } = deployment;
      switch (event.kind) {
        case 'reload':
          logger.info('Received signal from OS', { signal: 'hangup' });
          await deployment.reload(ending.signal);
          continue;
        case 'stop':
          logger.info('Received signal from OS', { signal: event.signal });
          break;
        case 'failed':
          logger.error('Asynchronous error received, terminating process', { error: event.error });
      }
      hurried = nextStop(events);
      const ended = await Promise.race([deployment.stop(drainMs), hurried]);
      const lost = ended === 'hurried' ? await deployment.abandon() : 0;
      logLedger(logger, deployment.rows(), deployment.incompleteBooks);
      return lost > 0 ? 1 : 0;
    }
  } finally {
    await Promise.race([deployment.close(), hurried]);
    letEnd();
  }
}

async function nextStop(events: EventQueue<Event>): Promise<'hurried'> {
  while ((await events.take()).kind !== 'stop');
  return 'hurried';
}
