import { Cancellation } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { FailureStatus } from '../component/failure-status.js';
import type { Pusher } from '../component/pusher.js';
import type { Drain } from './drain.js';
import { cancelled, type Send } from './send.js';
import { whenCancelled } from './wait.js';

/**
 * The last step: one attempt, ended by `timeoutMs` (0: no limit), by the sender's deadline, by its leaving, or by the
 * end of a drain. `status` is the component's, from the outcome of all attempts.
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
    const stop = whenCancelled({ clock, deadline, signal: context.signal, drain }, (reason) =>
      cancellation.abort(reason),
    );
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
      status?.succeeded();
    } catch (failure) {
      const error = DeliveryError.from(failure);
      const { cancelledBy } = cancellation;
      const byBackend = cancelledBy === undefined || (cancelledBy === 'deadline' && deadline === own);
      if (byBackend && isOfBackend(error)) status?.failed(error);
      throw error;
    } finally {
      stop();
    }
  };
}

/**
 * gRPC codes of a backend that refuses whatever it is sent: not found, not permitted, not implemented, not
 * authenticated.
 */
const refusesAll = new Set([5, 7, 12, 16]);

/**
 * Whether a failure shows a fault of the backend or of the way to it. Data that a backend refuses for good is the fault
 * of its sender.
 */
function isOfBackend({ class: kind, status }: DeliveryError): boolean {
  return kind === 'retryable' || (status !== undefined && refusesAll.has(status.code));
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
