import { Cancellation, unlessCancelled } from '../../../component/cancellation.js';
import type { Clock, Random } from '../../../component/clock.js';
import { cutText } from '../../../component/peer-text.js';
import type { Logger } from '../../../component/telemetry.js';
import type { Detected, Detector } from './detector.js';

/** When failed attempts are repeated. Times in milliseconds. */
export interface RetryTimes {
  readonly enabled: boolean;
  readonly initialMs: number;
  readonly multiplier: number;
  readonly randomization: number;
  readonly longestMs: number;
}

export type AttemptOutcome =
  | { readonly kind: 'success'; readonly seconds: number }
  | { readonly kind: 'failure'; readonly seconds: number; readonly errorType: string };

export interface AttemptsOptions {
  readonly name: string;
  readonly detector: Detector;
  /** For one attempt, milliseconds; 0 for no limit. */
  readonly attemptMs: number;
  readonly retry: RetryTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Another state, or another finding. */
  changed(): void;
  counted(outcome: AttemptOutcome): void;
}

export type AttemptsState =
  | { readonly kind: 'idle' }
  /** `error`: of the attempt before. */
  | { readonly kind: 'running'; readonly error: Error | undefined; readonly stop: Cancellation }
  | { readonly kind: 'waiting'; readonly error: Error; readonly cancel: () => void }
  /** Nothing is tried again by itself. */
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' };

/**
 * The attempts of one detector: repeated until one has found what there is, and again at every refresh. Attributes that
 * were found stay while later attempts fail.
 */
export class Attempts {
  readonly #options: AttemptsOptions;
  #state: AttemptsState = { kind: 'idle' };
  #found: Detected | undefined;
  #failures = 0;
  /** Of the last failure that was logged. */
  #logged: string | undefined;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): AttemptsState {
    return this.#state;
  }

  /** The last finding. */
  get found(): Detected | undefined {
    return this.#found;
  }

  /** Why attributes are missing now; undefined while nothing is wrong. */
  get fault(): Error | undefined {
    const state = this.#state;
    return 'error' in state ? state.error : undefined;
  }

  /** Whether the first attempts have come to an end. */
  get isSettled(): boolean {
    const { kind } = this.#state;
    return kind === 'done' || kind === 'failed' || kind === 'stopped';
  }

  /** Begins with an attempt, unless one is running or planned. */
  begin(): void {
    const { kind } = this.#state;
    if (kind === 'idle' || kind === 'done' || kind === 'failed') void this.#attempt(undefined);
  }

  stop(): void {
    const state = this.#state;
    this.#enter({ kind: 'stopped' });
    if (state.kind === 'running') state.stop.abort('drain');
    else if (state.kind === 'waiting') state.cancel();
  }

  async #attempt(error: Error | undefined): Promise<void> {
    const { detector, clock, attemptMs, counted } = this.#options;
    const stop = new Cancellation();
    this.#enter({ kind: 'running', error, stop });
    const began = clock.now();
    const cancel = attemptMs > 0 ? clock.after(attemptMs, () => stop.abort('deadline')) : () => {};
    let found: Detected | Error;
    try {
      found = await this.#detected(detector, stop);
    } catch (thrown) {
      found = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
    cancel();
    if (this.#state.kind !== 'running' || this.#state.stop !== stop) return;
    const seconds = (clock.now() - began) / 1000;
    const fault = found instanceof Error ? found : found.kind === 'found' ? found.incomplete : undefined;
    if (!(found instanceof Error)) this.#found = found;
    counted(
      fault === undefined ? { kind: 'success', seconds } : { kind: 'failure', seconds, errorType: errorTypeOf(fault) },
    );
    if (fault === undefined) this.#done();
    else this.#failed(fault);
  }

  /** A detector that does not look at its signal is left behind soon after its time. */
  #detected(detector: Detector, stop: Cancellation): Promise<Detected> {
    const late = new Cancellation();
    stop.addEventListener('abort', () => {
      const { clock } = this.#options;
      clock.after(graceMs, () => late.abort(stop.cancelledBy ?? 'deadline'));
    });
    return unlessCancelled(
      Promise.resolve().then(() => detector.detect(stop)),
      late,
    );
  }

  #done(): void {
    const { logger, name } = this.#options;
    if (this.#logged !== undefined) logger.info('Resource detected after failures', { detector: name });
    this.#logged = undefined;
    this.#failures = 0;
    this.#enter({ kind: 'done' });
  }

  #failed(error: Error): void {
    const { logger, name, retry, clock } = this.#options;
    const message = cutText(error.message);
    // An attempt every half a minute would fill the log with one line.
    const level = message === this.#logged ? 'debug' : 'warn';
    this.#logged = message;
    if (!retry.enabled) {
      logger[level]('failed to detect resource', { detector: name, error: message });
      this.#enter({ kind: 'failed', error });
      return;
    }
    const pauseMs = this.#pauseMs(retry);
    this.#failures++;
    logger[level]('failed to detect resource, will retry', { detector: name, error: message });
    this.#enter({ kind: 'waiting', error, cancel: clock.after(pauseMs, () => void this.#attempt(error)) });
  }

  #pauseMs({ initialMs, multiplier, randomization, longestMs }: RetryTimes): number {
    const pause = Math.min(longestMs, initialMs * Math.max(1, multiplier) ** Math.min(this.#failures, 64));
    const spread = pause * randomization;
    return Math.max(leastPauseMs, pause - spread + this.#options.random() * 2 * spread);
  }

  #enter(state: AttemptsState): void {
    if (this.#state.kind === 'stopped') return;
    this.#state = state;
    this.#options.changed();
  }
}

/** After its time an attempt has this long to answer with what it has, milliseconds. */
const graceMs = 50;
/** Attempts are never repeated without a pause, milliseconds. */
const leastPauseMs = 100;

/** The attribute `error.type`: a status, a code of the system, or the class of the error; few values. */
function errorTypeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ('status' in at && typeof at.status === 'number') return String(at.status);
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}
