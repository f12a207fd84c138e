import type { Clock, Random } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import { formatDuration } from '../component/schema/duration.js';
import type { Logger } from '../component/telemetry.js';
import type { RetryConfig } from './config.js';
import type { Drain } from './drain.js';
import { cancelOutcome, reworded, type Send } from './send.js';
import { waitFor, type WaitEnd } from './wait.js';

/** Longest wait for the next attempt while the chain drains, unless the backend asks for more. Milliseconds. */
const drainIntervalMs = 1000;

export interface RetryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly drain: Drain;
  /** Nothing is sent again once the drain has begun: what is left is kept elsewhere. */
  readonly endsWithDrain?: boolean | undefined;
  /** Books items that begin (+) or end (-) to wait for a retry. */
  waiting(items: number): void;
}

/**
 * Sends the remaining part of a batch again until it is accepted, refused for good, or out of time
 * (docs/spec/core.md#retry). When the chain begins to drain, a batch that waits is sent at once, and again until the
 * drain is over; the Collector drops it at once.
 */
export function retried(next: Send, config: RetryConfig, parts: RetryParts): Send {
  const { clock, random, logger, drain } = parts;
  return async (batch, context, rejected) => {
    const started = clock.now();
    let interval = config.initial_interval;
    let rest = batch;
    let resume: DeliveryError['resume'];
    for (let tries = 0; ; tries++) {
      context.span?.event('Sending request.', { retry_num: tries });
      try {
        return await (resume ? resume(context) : next(rest, context, rejected));
      } catch (failure) {
        const error = DeliveryError.from(failure);
        resume = error.resume;
        rest = error.remaining ?? rest;
        const left = rest === batch ? undefined : rest;
        if (error.class === 'permanent') throw reworded(error, 'not retryable error: ', error.reason, left);
        const isEnding = (): boolean => drain.over.aborted || (parts.endsWithDrain === true && drain.begun);
        if (isEnding()) throw reworded(error, 'interrupted due to shutdown: ', 'shutdown', left);

        const spread = config.randomization_factor * interval;
        let wait = interval - spread + random() * 2 * spread;
        interval = Math.min(interval * (config.multiplier || 1), config.max_interval);
        if (drain.begun) wait = Math.min(wait, drainIntervalMs);
        if (error.retryAfterMs !== undefined) wait = Math.max(wait, error.retryAfterMs);
        const at = clock.now() + wait;
        if (config.max_elapsed_time > 0 && at > started + config.max_elapsed_time)
          throw reworded(error, 'no more retries left: ', 'retries_exhausted', left);
        if (context.deadline !== undefined && at > context.deadline)
          throw reworded(error, 'request will be cancelled before next retry: ', 'deadline_exceeded', left);

        context.span?.event('Exporting failed. Will retry the request after interval.', {
          interval: formatDuration(wait),
          error: error.message,
        });
        logger.info('Exporting failed. Will retry the request after interval.', {
          error: error.message,
          interval: formatDuration(wait),
        });
        parts.waiting(rest.itemCount);
        const end = await pause(wait, context, clock, drain);
        parts.waiting(-rest.itemCount);
        if (end.by === 'drain' || (end.by === 'event' && isEnding()))
          throw reworded(error, 'interrupted due to shutdown: ', 'shutdown', left);
        if (end.by !== 'event')
          throw reworded(error, 'request is cancelled or timed out: ', cancelOutcome[end.by], left);
      }
    }
  };
}

/** Waits `ms` milliseconds, or less when the drain begins meanwhile. */
function pause(ms: number, { signal }: RequestContext, clock: Clock, drain: Drain): Promise<WaitEnd<void>> {
  return waitFor({ clock, signal, drain }, (over) => {
    const stopTimer = clock.after(ms, over);
    const stopDrain = drain.onBegin(over);
    return () => {
      stopTimer();
      stopDrain();
    };
  });
}
