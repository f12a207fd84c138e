import { cancelStatus, type CancelReason } from '../component/cancellation.js';
import type { RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Batch } from '../otlp/batch.js';

/**
 * Reports items that the backend refused for good while it accepted the rest (partial success), or, with a reason, that
 * the pusher gave up.
 */
export type Rejected = (items: number, reason?: string) => void;

/** A step towards the backend. Rejects with a `DeliveryError` only; its `remaining` is a part of `batch`. */
export type Send = (batch: Batch, context: RequestContext, rejected: Rejected) => Promise<void>;

/** The same refusal of `remaining`, with `words` before its message, which becomes that of its status as well. */
export function reworded(
  error: DeliveryError,
  words: string,
  reason: string,
  remaining: Batch | undefined,
): DeliveryError {
  const message = words + error.message;
  return new DeliveryError(message, {
    class: error.class,
    reason,
    status: error.status && { ...error.status, message },
    retryAfterMs: error.retryAfterMs,
    local: error.local,
    remaining,
    resume: error.resume,
    delivered: error.delivered,
    cause: error,
  });
}

/** The ledger's and the metrics' name of each reason for cancelling. */
export const cancelOutcome: Readonly<Record<CancelReason, string>> = {
  deadline: 'deadline_exceeded',
  sender: 'cancelled',
  drain: 'shutdown',
};

/** The error of a request that was cancelled before its outcome was known. */
export function cancelled(reason: CancelReason): DeliveryError {
  const status = cancelStatus(reason);
  return new DeliveryError(status.message, { class: 'retryable', reason: cancelOutcome[reason], status });
}
