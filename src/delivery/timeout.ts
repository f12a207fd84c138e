import { Cancellation } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Pusher } from '../component/pusher.js';
import type { Drain } from './drain.js';
import { cancelled, type Send } from './send.js';
import { whenCancelled } from './wait.js';

/**
 * The last step: one attempt, ended by `timeoutMs` (0: no limit), by the sender's deadline, by its leaving, or by the
 * end of a drain.
 */
export function attempts(pusher: Pusher, clock: Clock, timeoutMs: number, drain: Drain): Send {
  return async (batch, context, rejected) => {
    const deadline = earlier(timeoutMs > 0 ? clock.now() + timeoutMs : undefined, context.deadline);
    const cancellation = new Cancellation();
    const stop = whenCancelled({ clock, deadline, signal: context.signal, drain }, (reason) => cancellation.abort(reason));
    if (cancellation.cancelledBy) throw cancelled(cancellation.cancelledBy);
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
      throw DeliveryError.from(error);
    } finally {
      stop();
    }
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
