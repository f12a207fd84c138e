import type { Batch } from '../otlp/batch.js';
import type { CancelSignal } from './cancellation.js';
import type { Reserved } from './reservation.js';
import type { Span } from './tracer.js';

/** The receiver of a request, as long as its sender waits for the outcome. */
export interface PartialListener {
  /**
   * A backend accepted the request but rejected some of its items for good, or, with 0 items, only has something to say
   * (partial success). Called before `consume` resolves.
   */
  rejected(items: number, message: string): void;
}

/**
 * The data that travels beside a batch: its sender, how long the sender waits, and whether it is still connected.
 * It never changes; a step that needs another one makes a copy.
 */
export interface RequestContext {
  /** Client metadata (`include_metadata: true`): lower-case name to values. Empty when not included. */
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  /**
   * All metadata of a gRPC call, whether the receiver includes it for clients or not. Undefined for other transports,
   * and behind queues.
   */
  readonly grpcMetadata?: (() => ReadonlyMap<string, readonly string[]>) | undefined;
  /** The sender's deadline in `Clock.now()` milliseconds; undefined when it set none. */
  readonly deadline?: number | undefined;
  /** Cancelled when the sender leaves; queues detach from it. `abortSignal` makes an `AbortSignal` of it. */
  readonly signal?: CancelSignal | undefined;
  /** Tells the sender what a backend said of an accepted request; queues detach from it. */
  readonly partial?: PartialListener | undefined;
  /** The attributes that a server authenticator found for the sender. */
  readonly auth?: ReadonlyMap<string, unknown> | undefined;
  /** The sender's address, `host:port` or a socket path. */
  readonly peer?: string | undefined;
  /**
   * The receiver or connector through which the request came into this pipeline, by its ID: in pipelines that have a
   * component whose definition says `readsReceiver`.
   */
  readonly receiver?: string | undefined;
  /** The span of own telemetry that this request is part of, while tracing is on. */
  readonly span?: Span | undefined;
}

export const emptyContext: RequestContext = { metadata: new Map() };

/** Anything a batch can be handed to: a processor, a connector, an exporter, a fan-out. */
export interface Consumer {
  /**
   * Resolves when the callee has taken responsibility for every item: delivered, stored, or dropped on purpose with a
   * reason in the ledger. Rejects with a `DeliveryError` that names the items that were not accepted. The callee
   * borrows `batch.bytes` only until the promise settles: then the memory may become another request's, so that
   * whatever it keeps longer it makes its own first (`batch.own()`).
   */
  consume(batch: Batch, context: RequestContext): Promise<void>;
  /**
   * Reserves the room that `consume` needs, for a caller that hands one request to several consumers and wants all of
   * them to accept it, or none. Synchronous; never throws. Without this method nothing can be reserved. A step that
   * hands the same batch on within the turn passes it on (`passing`); one that keeps or changes batches answers for
   * itself.
   */
  reserve?(batch: Batch, context: RequestContext): Reserved;
}
