import type { GrpcStatus } from './delivery-error.js';

/** Why a request is turned away before its body is looked at. */
export interface Refusal {
  /** Status and text over HTTP. */
  readonly http: number;
  readonly text: string;
  /** The same over gRPC. */
  readonly status: GrpcStatus;
  /** When the sender may come back, milliseconds. */
  readonly retryAfterMs: number;
}

/** An extension that stands before a server's requests offers this (`middlewares` of a receiver or another server). */
export interface ServerMiddleware {
  /** Undefined lets the request in. */
  refusal(): Refusal | undefined;
}
