import type { Encoding } from '../net/compression/decompress.js';
import type { DeliveryError, GrpcStatus } from '../component/delivery-error.js';
import type { Batch, OwnedBytes } from '../otlp/batch.js';
import type { PartialOutcome } from './partial-outcome.js';

/** The complete body, as it was on the wire. */
export interface Received {
  readonly step: 'received';
  readonly body: OwnedBytes;
  /** Undefined for a body that is not compressed. */
  readonly encoding: Encoding | undefined;
}

/** The body without its compression. */
export interface Plain {
  readonly step: 'plain';
  readonly plain: OwnedBytes;
  /** The compressed body, when a client can send the batch in that form. */
  readonly encoded: { readonly encoding: Encoding; readonly body: OwnedBytes } | undefined;
}

/** The batch of a body, and the memory that it lies in. */
export interface Decoded {
  readonly step: 'decoded';
  readonly batch: Batch;
  readonly memory: readonly OwnedBytes[];
  /** A sentence for the sender about data of the body that was not read. */
  readonly unread: string | undefined;
}

/** The pipelines have taken responsibility for every item. */
export interface Accepted {
  readonly step: 'accepted';
  /** Where a backend rejected items, or the sender has to learn something. */
  readonly partial?: PartialOutcome;
  /** As of `Decoded`. */
  readonly unread?: string;
}

/** Not all items were accepted. The status for the sender is made of `refusal`. */
export interface Refused<R extends RequestRefusal = RequestRefusal> {
  readonly step: 'refused';
  readonly refusal: R;
}

export type Ended = Accepted | Refused;

/**
 * The progress of a request. Each step consumes one state and returns the next; only the latest state owns memory, so
 * that the step that ends a request knows what is left to release.
 */
export type RequestState = Received | Plain | Decoded | Ended;

export type NotAuthenticated =
  | { readonly kind: 'unauthenticated'; readonly error: Error }
  /** The authenticator cannot say now, for example because too many others wait. */
  | { readonly kind: 'not_authenticated_now'; readonly error: DeliveryError };

export type RequestRefusal =
  /** The bytes are not a message of the transport; `status` is in the transport's words. */
  | { readonly kind: 'malformed'; readonly status: GrpcStatus }
  | { readonly kind: 'no_memory' }
  /** More than `limit` bytes. `size` is the size on the wire; undefined when only the inflated body is too large. */
  | { readonly kind: 'too_large'; readonly limit: number; readonly size: number | undefined }
  | { readonly kind: 'unknown_encoding'; readonly name: string }
  | { readonly kind: 'broken_encoding'; readonly message: string }
  /** The body is not valid in its format. */
  | { readonly kind: 'invalid'; readonly message: string }
  | NotAuthenticated
  | { readonly kind: 'deadline_exceeded' }
  /** The body brought too few bytes for too long. */
  | { readonly kind: 'too_slow' }
  /** The sender left before its body was complete. */
  | { readonly kind: 'sender_left' }
  /** The pipelines refused; a `DeliveryError` has the rest (`remaining`) and says whether a repeat may help. */
  | { readonly kind: 'pipeline'; readonly error: Error }
  /** A defect of this program. */
  | { readonly kind: 'fault'; readonly message: string };

export const acceptedRequest: Accepted = { step: 'accepted' };

export function refuse<R extends RequestRefusal>(refusal: R): Refused<R> {
  return { step: 'refused', refusal };
}

/** Releases memory that nothing reads any more. */
export function releaseAll(memory: readonly OwnedBytes[]): void {
  for (const part of memory) part.release();
}
