import type { Encoding } from '../net/compression/decompress.js';
import type { GrpcStatus } from '../component/delivery-error.js';
import type { Batch, OwnedBytes } from '../otlp/batch.js';

/** The body has arrived, as it was on the wire. */
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
  /** The body as it arrived, while it can leave as it came. */
  readonly encoded: { readonly encoding: Encoding; readonly body: OwnedBytes } | undefined;
}

/** The body is a batch, which lies in `memory`. */
export interface Decoded {
  readonly step: 'decoded';
  readonly batch: Batch;
  readonly memory: readonly OwnedBytes[];
}

/** The pipelines have taken responsibility for every item. */
export interface Accepted {
  readonly step: 'accepted';
}

/** Nothing was taken, or not all of it: the sender gets a status that is made of `refusal`. */
export interface Refused<R extends Refusal = Refusal> {
  readonly step: 'refused';
  readonly refusal: R;
}

export type Ended = Accepted | Refused;

/**
 * Where a request is. Each step consumes one state and returns the next one; memory belongs to the latest state alone, so that the step
 * which ends a request knows what is left to release.
 */
export type RequestState = Received | Plain | Decoded | Ended;

export interface Unauthenticated {
  readonly kind: 'unauthenticated';
  readonly error: Error;
}

export type Refusal =
  /** The bytes are no message of the transport; `status` is the transport's own error. */
  | { readonly kind: 'malformed'; readonly status: GrpcStatus }
  | { readonly kind: 'no_memory' }
  /** Over `limit` bytes: `size` on the wire, or more than that when inflated, where the size is not known. */
  | { readonly kind: 'too_large'; readonly limit: number; readonly size: number | undefined }
  | { readonly kind: 'unknown_encoding'; readonly name: string }
  | { readonly kind: 'broken_encoding'; readonly message: string }
  /** Neither OTLP nor what the receiver reads instead of it. */
  | { readonly kind: 'invalid'; readonly message: string }
  | Unauthenticated
  | { readonly kind: 'deadline_exceeded' }
  /** The sender has gone before its body was here. */
  | { readonly kind: 'gone' }
  /** A `DeliveryError` says in `remaining` what was not taken and whether a repeat may help. */
  | { readonly kind: 'pipeline'; readonly error: Error }
  /** A fault of this program. */
  | { readonly kind: 'fault'; readonly message: string };

export const accepted: Accepted = { step: 'accepted' };

export function refused<R extends Refusal>(refusal: R): Refused<R> {
  return { step: 'refused', refusal };
}

/** Returns memory that nothing reads any more. */
export function release(memory: readonly OwnedBytes[]): void {
  for (const part of memory) part.release();
}
