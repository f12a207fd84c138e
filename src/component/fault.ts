import { systemClock, type Clock } from './clock.js';
import type { Logger } from './telemetry.js';

/** Between two lines about faults of the same place, milliseconds: a peer that causes one may cause thousands. */
const betweenLinesMs = 60_000;

interface Place {
  readonly saidAt: number;
  /** Faults since then. */
  unsaid: number;
}

/**
 * Logs defects of this program that a peer's event brought to light: the first of each place at once, later ones at
 * most once a minute with their number.
 */
export class FaultLog {
  readonly #clock: Clock;
  readonly #places: Map<string, Place> = new Map();
  #logger: Logger | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on the lines go to this log, in which nothing has been said yet. */
  use(logger: Logger): void {
    this.#logger = logger;
    this.#places.clear();
  }

  /** `place` is one of few words that stand in the code, such as `HTTP request`. Never throws. */
  add(place: string, error: unknown): void {
    const now = this.#clock.now();
    const known = this.#places.get(place);
    if (known && now - known.saidAt < betweenLinesMs) {
      known.unsaid++;
      return;
    }
    this.#places.set(place, { saidAt: now, unsaid: 0 });
    const more = known !== undefined && known.unsaid > 0 ? { unlogged: known.unsaid } : {};
    try {
      this.#logger?.error('A fault of this program: it costs one request or connection', { place, error, ...more });
    } catch {
      // A log that fails must not end what the guard has just saved.
    }
  }
}

/** The one of this process. A service sets its log when it is built. */
export const faults: FaultLog = new FaultLog(systemClock);

/**
 * The guard of all servers and clients: makes of a handler one that a peer's event can call. An error that it throws,
 * or rejects with, is logged and passed to `failed`, which answers the request or ends the connection; it never ends
 * the process.
 */
export function guard<A extends readonly unknown[]>(
  place: string,
  handler: (...args: A) => unknown,
  failed: (...args: A) => void,
): (...args: A) => void {
  const fail = (error: unknown, args: A): void => {
    faults.add(place, error);
    try {
      failed(...args);
    } catch (second) {
      faults.add(`${place}, ending`, second);
    }
  };
  return (...args) => {
    try {
      const result = handler(...args);
      if (result instanceof Promise) result.catch((error: unknown) => fail(error, args));
    } catch (error) {
      fail(error, args);
    }
  };
}
