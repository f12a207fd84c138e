import { sleep, type Clock, type Random } from '../../component/clock.js';
import { Cancellation, type CancelSignal } from '../../component/cancellation.js';
import type { ElectionCandidate, LeaderElection } from '../../component/leader-election.js';
import type { Logger } from '../../component/telemetry.js';
import { jitter } from './config.js';
import type { LeaseHolding, LeaseLock } from './lease-lock.js';

export interface ElectionOptions {
  readonly lock: Pick<LeaseLock, 'hold' | 'release' | 'holder'>;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Called when this process begins to lead, and when it ends. */
  onTurn(leads: boolean): void;
  /** Undefined: the API answers. */
  onApi(error: Error | undefined): void;
}

/**
 * Holds a lease for the candidates of this process. It takes part only while there are some: a process without any
 * must not keep the lease from others.
 */
export class Election implements LeaderElection {
  readonly #options: ElectionOptions;
  readonly #candidates: Set<ElectionCandidate> = new Set();
  /** The candidates that lead. */
  readonly #leading: Set<ElectionCandidate> = new Set();
  #leads = false;
  /** When the last renewal began that succeeded, clock milliseconds. */
  #renewedAt = 0;
  #round: Cancellation | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  get leads(): boolean {
    return this.#leads;
  }

  join(candidate: ElectionCandidate): () => Promise<void> {
    this.#candidates.add(candidate);
    if (this.#leads) this.#promote(candidate);
    if (!this.#round) {
      const round = (this.#round = new Cancellation());
      this.#running = this.#running.then(() => this.#run(round));
    }
    return () => this.#left(candidate);
  }

  /** Nobody takes part any more. Resolves when the lease has been given back, or cannot be. */
  async close(): Promise<void> {
    for (const candidate of this.#candidates) await this.#left(candidate);
    await this.#running;
  }

  async #left(candidate: ElectionCandidate): Promise<void> {
    if (!this.#candidates.delete(candidate)) return;
    const isLast = this.#candidates.size === 0;
    if (this.#leading.delete(candidate)) await candidate.stepDown();
    // Another one may have joined meanwhile.
    if (!isLast || this.#candidates.size > 0) return;
    this.#round?.abort('drain');
    this.#round = undefined;
  }

  /** Until there are no candidates: waits for the lease, and leads while it is renewed. */
  async #run(round: Cancellation): Promise<void> {
    const { logger, lock } = this.#options;
    while (!round.aborted) {
      if (!(await this.#acquire(round))) break;
      await this.#turn(true);
      await this.#renew(round);
      if (round.aborted) break;
      logger.warn('The lease is lost: it could not be renewed in time, or another process has it', {
        holder: lock.holder,
      });
      await this.#turn(false);
    }
    if (!this.#leads) return;
    await this.#turn(false);
    await this.#release();
  }

  /** Whether the lease is held; false when the round is over. */
  async #acquire(round: Cancellation): Promise<boolean> {
    while (!round.aborted) {
      if ((await this.#attempt(round, this.#options.renewDeadlineMs)) === 'held') return true;
      // Each process waits a little else, so that not all try at once.
      await this.#wait(round, this.#options.retryMs * (1 + this.#options.random() * jitter));
    }
    return false;
  }

  /** Returns when the lease was not renewed for too long, when another process has it, or when the round is over. */
  async #renew(round: Cancellation): Promise<void> {
    const { clock, renewDeadlineMs, retryMs } = this.#options;
    for (;;) {
      const deadline = this.#renewedAt + renewDeadlineMs;
      await this.#wait(round, Math.min(retryMs, deadline - clock.now()));
      const left = deadline - clock.now();
      if (round.aborted || left <= 0) return;
      if ((await this.#attempt(round, left)) === 'taken') return;
    }
  }

  /** Undefined when the API could not be asked. */
  async #attempt(round: Cancellation, ms: number): Promise<LeaseHolding | undefined> {
    const { clock, lock, logger, onApi } = this.#options;
    const began = clock.now();
    try {
      const holding = await within(clock, ms, round, (signal) => lock.hold(signal));
      onApi(undefined);
      if (holding === 'held') this.#renewedAt = began;
      return holding;
    } catch (error) {
      if (round.aborted) return undefined;
      logger.warn('The lease cannot be read or written; it is tried again', { error: (error as Error).message });
      onApi(error as Error);
      return undefined;
    }
  }

  async #release(): Promise<void> {
    const { clock, lock, logger, retryMs } = this.#options;
    try {
      await within(clock, retryMs, undefined, (signal) => lock.release(signal));
    } catch (error) {
      logger.warn('The lease could not be given back; it ends by itself', { error: (error as Error).message });
    }
  }

  #turn(leads: boolean): Promise<void> {
    const { logger, onTurn } = this.#options;
    this.#leads = leads;
    onTurn(leads);
    logger.info(leads ? 'This process leads' : 'This process does not lead any more');
    if (leads) {
      for (const candidate of this.#candidates) this.#promote(candidate);
      return Promise.resolve();
    }
    const stopped = [...this.#leading];
    this.#leading.clear();
    return Promise.all(stopped.map((candidate) => candidate.stepDown())).then(() => {});
  }

  #promote(candidate: ElectionCandidate): void {
    this.#leading.add(candidate);
    candidate.lead();
  }

  async #wait(round: Cancellation, ms: number): Promise<void> {
    const over = new AbortController();
    const stop = (): void => over.abort();
    if (round.aborted || ms <= 0) return;
    round.addEventListener('abort', stop);
    await sleep(this.#options.clock, ms, over.signal);
    round.removeEventListener('abort', stop);
  }
}

/** Runs `work` with a signal that is cancelled after `ms`, or with `round`. */
async function within<T>(
  clock: Clock,
  ms: number,
  round: Cancellation | undefined,
  work: (signal: CancelSignal) => Promise<T>,
): Promise<T> {
  const cancellation = new Cancellation();
  const stop = (): void => cancellation.abort('drain');
  const cancelTimer = clock.after(ms, () => cancellation.abort('deadline'));
  round?.addEventListener('abort', stop);
  try {
    return await work(cancellation);
  } finally {
    cancelTimer();
    round?.removeEventListener('abort', stop);
  }
}
