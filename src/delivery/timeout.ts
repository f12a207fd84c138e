import { Cancellation } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import type { Drain } from './drain.js';
import type { Pusher } from '../component/pusher.js';
import { asDeliveryError, senderGone, type Send } from './send.js';

/** The last step: one attempt, ended by `timeoutMs` (0: no limit), by the sender's deadline, by its leaving, or by the end of a drain. */
export function attempts(pusher: Pusher, clock: Clock, timeoutMs: number, drain: Drain): Send {
  return async (batch, context, rejected) => {
    if (context.signal?.aborted || drain.over.aborted) throw senderGone(context.signal?.aborted ? context.signal : drain.over);
    const cancellation = new Cancellation();
    const now = clock.now();
    const deadline = earlier(timeoutMs > 0 ? now + timeoutMs : undefined, context.deadline);
    const stopTimer =
      deadline === undefined
        ? undefined
        : clock.after(Math.max(0, deadline - now), () => cancellation.abort(new Error('context deadline exceeded')));
    const cancel = (): void => cancellation.abort(new Error('context canceled'));
    const { signal } = context;
    signal?.addEventListener('abort', cancel);
    const stopDrain = drain.onChange(() => {
      if (drain.over.aborted) cancel();
    });
    try {
      await pusher.push(batch, {
        signal: cancellation,
        deadline,
        metadata: context.metadata,
        auth: context.auth,
        span: context.span,
        rejected,
      });
    } catch (error) {
      throw asDeliveryError(error);
    } finally {
      stopTimer?.();
      signal?.removeEventListener('abort', cancel);
      stopDrain();
    }
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
