import { Cancellation, type CancelReason } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { FailureStatus } from '../component/failure-status.js';
import type { Pusher } from '../component/pusher.js';
import type { Drain } from './drain.js';
import { isOfBackend } from './of-backend.js';
import { cancelled, type Send } from './send.js';
import { whenCancelled } from './wait.js';

/**
 * The last step: one attempt, ended by `timeoutMs` (0: no limit), by the sender's deadline, by its leaving, or by the
 * end of a drain. A pusher that does not end then is left behind one turn of the event loop later, so that the outcome
 * of its items is known whatever it waits for. `status` is the component's, from the outcome of all attempts.
 */
export function attempts(
  pusher: Pusher,
  clock: Clock,
  timeoutMs: number,
  drain: Drain,
  status: FailureStatus | undefined,
): Send {
  return async (batch, context, rejected) => {
    const own = timeoutMs > 0 ? clock.now() + timeoutMs : undefined;
    const deadline = earlier(own, context.deadline);
    const cancellation = new Cancellation();
    let leave: ((reason: CancelReason) => void) | undefined;
    let over = false;
    const stop = whenCancelled({ clock, deadline, signal: context.signal, drain }, (reason) => {
      cancellation.abort(reason);
      leave?.(reason);
    });
    if (cancellation.cancelledBy) throw cancelled(cancellation.cancelledBy);
    try {
      const pushed = pusher.push(batch, {
        signal: cancellation,
        deadline,
        metadata: context.metadata,
        auth: context.auth,
        span: context.span,
        rejected,
        partial: context.partial,
      });
      await new Promise<void>((resolve, reject) => {
        pushed.then(resolve, reject);
        leave = (reason) =>
          setImmediate(() => {
            if (over) return;
            // The push that is left behind may still read it.
            batch.pin();
            reject(cancelled(reason));
          });
      });
      status?.succeeded();
    } catch (failure) {
      const error = DeliveryError.from(failure);
      const { cancelledBy } = cancellation;
      const byBackend = cancelledBy === undefined || (cancelledBy === 'deadline' && deadline === own);
      if (byBackend && isOfBackend(error)) status?.failed(error);
      throw error;
    } finally {
      over = true;
      stop();
    }
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
