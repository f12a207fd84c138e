import { keepAlive, sleep, systemClock, type Clock } from '../component/clock.js';
import type { LedgerRow } from '../component/ledger.js';
import type { Logger } from '../component/telemetry.js';
import { EventQueue, takeSignals, type SignalEvent } from '../runtime/signals.js';
import { logLedger } from '../telemetry/ledger-log.js';
import { givenUp } from './given-up.js';

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
  /** Says outside that nothing more should be sent here, while everything goes on. */
  leave(): void;
  /** Hands on what is held within `drainMs`, and ends. The log stays open. */
  stop(drainMs: number): Promise<void>;
  /** Ends at once while it stops. Afterwards the books show what is given up. */
  abandon(): Promise<void>;
  /** The books of the whole program. */
  rows(): LedgerRow[];
  /** Processes of which `rows` has not all that they counted. */
  readonly incompleteBooks: number;
  /** Frees everything, also after a start that failed. */
  close(): Promise<void>;
}

/**
 * How long components and workers may overrun the drain deadline before the program ends without them, milliseconds.
 * With the default deadline of 25 s, this and `closeMs` the program ends within the 30 s that Kubernetes gives it.
 */
export const overrunMs = 2500;
/** How long the end of logs, metrics and files may take, milliseconds. */
export const closeMs = 1500;
/** Deadline of the drain unless `--drain-timeout` sets another one, seconds. */
export const defaultDrainSeconds = 25;

const reasons = {
  hurried: 'A second signal ended the program at once; the items that it held are given up',
  late: 'The program did not stop within its deadline; the items that it held are given up',
  stopped: 'Components that did not stop in time held items, which are given up',
} as const;

type Event = SignalEvent | { readonly kind: 'failed'; readonly error: Error };

/** How a program ends, milliseconds. */
export interface EndTimes {
  /** How long it goes on after the signal, unready, so that load balancers can follow. */
  readonly delayMs: number;
  /** How long it may then take to hand on what is held. */
  readonly drainMs: number;
}

/**
 * Runs a program until a signal ends it: SIGINT and SIGTERM let it go on for `delayMs` and drain within `drainMs`, a
 * second one ends at once, SIGHUP changes to the configuration as it is then if that is good. Resolves with the exit
 * code; rejects with what kept it from starting.
 */
export async function run(
  deployment: Deployment,
  { delayMs, drainMs }: EndTimes,
  clock: Clock = systemClock,
): Promise<number> {
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
      if (event.kind === 'stop' && delayMs > 0) {
        deployment.leave();
        logger.info('Connections are still accepted, so that load balancers can follow', { seconds: delayMs / 1000 });
        await Promise.race([sleep(clock, delayMs), hurried]);
      }
      return await end(deployment, drainMs, hurried, clock);
    }
  } finally {
    await Promise.race([deployment.close(), hurried, sleep(clock, closeMs)]);
    letEnd();
  }
}

/**
 * Stops a program, at once when `hurried` resolves, and logs what it gave up and its ledger. Resolves with the exit
 * code: 1 when items were given up without an outcome in the books of their component.
 */
export async function end(
  deployment: Deployment,
  drainMs: number,
  hurried: Promise<'hurried'>,
  clock: Clock,
): Promise<number> {
  const before = deployment.rows();
  const ended = await Promise.race([
    deployment.stop(drainMs).then(() => 'stopped' as const),
    hurried,
    sleep(clock, drainMs + overrunMs).then(() => 'late' as const),
  ]);
  if (ended !== 'stopped') await deployment.abandon();
  const rows = deployment.rows();
  const lost = givenUp(before, rows);
  const items = lost.reduce((sum, each) => sum + each.items, 0);
  const logger = deployment.logger.whole();
  if (ended !== 'stopped') logger.error(reasons[ended], { dropped_items: items, given_up: lost });
  else if (items > 0) logger.error(reasons.stopped, { dropped_items: items, given_up: lost });
  logLedger(logger, rows, deployment.incompleteBooks);
  return items > 0 ? 1 : 0;
}

async function nextStop(events: EventQueue<Event>): Promise<'hurried'> {
  while ((await events.take()).kind !== 'stop');
  return 'hurried';
}
