import { DeliveryError, type GrpcStatus } from '../../component/delivery-error.js';
import { Batch } from '../../otlp/batch.js';

/** Why a worker did nothing with a batch: its entry is closed, or its memory for such batches is used up. */
export type Declined = 'closed' | 'memory';

/** The head of a `reply` frame that says what was refused; without a head everything was taken. */
export interface FailureHead {
  readonly message: string;
  readonly class: DeliveryError['class'];
  readonly reason: string;
  readonly local: boolean;
  readonly retryAfterMs?: number;
  /** Details in Base64. */
  readonly status?: { readonly code: number; readonly message: string; readonly details: readonly string[] };
  /** Items of the part that was not taken, which is the body of the frame; undefined means the whole batch. */
  readonly remaining?: number;
  /** The failed request that the other side can resume, by its number. */
  readonly resume?: number;
}

/** `remaining`: the part that was not taken, when it is not the whole batch. */
export function failureHead(error: DeliveryError, remaining: Batch | undefined): FailureHead {
  const { message, reason, local, retryAfterMs, status } = error;
  return {
    ...{ message, class: error.class, reason, local },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status
      ? { status: { ...status, details: status.details.map((detail) => Buffer.from(detail).toString('base64')) } }
      : {}),
    ...(remaining === undefined ? {} : { remaining: remaining.itemCount }),
  };
}

/** The failure of another worker as one of this worker. `body` is borrowed and copied. */
export function deliveryErrorFrom(head: FailureHead, batch: Batch, body: Uint8Array): DeliveryError {
  const { message, reason, local, retryAfterMs } = head;
  const status: GrpcStatus | undefined = head.status && {
    ...head.status,
    details: head.status.details.map((detail) => Buffer.from(detail, 'base64')),
  };
  const remaining =
    head.remaining === undefined ? undefined : new Batch(batch.signal, Uint8Array.from(body), head.remaining);
  return new DeliveryError(message, { class: head.class, reason, local, retryAfterMs, status, remaining });
}
