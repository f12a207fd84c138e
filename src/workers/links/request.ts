import type { CancelSignal } from '../../component/cancellation.js';
import type { RequestContext } from '../../component/consumer.js';
import type { SpanContext } from '../../component/tracer.js';
import { Batch } from '../../otlp/batch.js';
import type { Signal } from '../../otlp/signal.js';
import { Index } from '../../otlp/wire/item-index.js';

/** The data that travels beside a batch, as JSON. */
export interface RequestHead {
  /** Milliseconds until the deadline; the clocks of two processes have different zeros. */
  readonly remainingMs?: number;
  readonly metadata: readonly (readonly [name: string, values: readonly string[]])[];
  readonly grpcMetadata?: RequestHead['metadata'];
  readonly auth?: readonly (readonly [name: string, value: unknown])[];
  readonly peer?: string;
  readonly receiver?: string;
  readonly span?: SpanContext;
}

export interface BatchHead extends RequestHead {
  /** Which entry of the other worker's graph. */
  readonly entry: string;
  readonly signal: Signal;
  readonly items: number;
  /**
   * Int32 values of the three levels of the index, which stand before the bytes; without it the receiver scans the
   * bytes when it needs one.
   */
  readonly index?: readonly [resources: number, scopes: number, items: number];
}

/** The head of a `resume` frame. */
export interface ResumeHead extends RequestHead {
  /** The number that the `reply` of the batch named. */
  readonly of: number;
}

export function requestHead(
  { deadline, metadata, grpcMetadata, auth, peer, receiver, span }: RequestContext,
  nowMs: number,
): RequestHead {
  return {
    ...(deadline === undefined ? {} : { remainingMs: deadline - nowMs }),
    metadata: [...metadata],
    ...(grpcMetadata === undefined ? {} : { grpcMetadata: [...grpcMetadata()] }),
    ...(auth === undefined ? {} : { auth: [...auth] }),
    ...(peer === undefined ? {} : { peer }),
    ...(receiver === undefined ? {} : { receiver }),
    ...(span === undefined ? {} : { span: span.context }),
  };
}

/** The context of a request in this process; its own span is made by the receiving side. */
export function contextOf(
  { remainingMs, metadata, grpcMetadata, auth, peer, receiver }: RequestHead,
  nowMs: number,
  signal: CancelSignal,
): RequestContext {
  const ofCall = grpcMetadata && new Map(grpcMetadata);
  return {
    metadata: new Map(metadata),
    signal,
    ...(remainingMs === undefined ? {} : { deadline: nowMs + remainingMs }),
    ...(ofCall === undefined ? {} : { grpcMetadata: () => ofCall }),
    ...(auth === undefined ? {} : { auth: new Map(auth) }),
    ...(peer === undefined ? {} : { peer }),
    ...(receiver === undefined ? {} : { receiver }),
  };
}

/** Head and body of a `batch` frame. An index that is known travels with the bytes. */
export function batchParts(
  entry: string,
  batch: Batch,
  context: RequestContext,
  nowMs: number,
): { readonly head: BatchHead; readonly parts: Uint8Array[] } {
  const head: BatchHead = { entry, signal: batch.signal, items: batch.itemCount, ...requestHead(context, nowMs) };
  const { knownIndex } = batch;
  if (!knownIndex) return { head, parts: [batch.bytes] };
  const { resources, scopes, items } = knownIndex;
  const bytes = (rows: Int32Array): Uint8Array => new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
  return {
    head: { ...head, index: [resources.length, scopes.length, items.length] },
    parts: [bytes(resources), bytes(scopes), bytes(items), batch.bytes],
  };
}

/**
 * The batch of a frame, over the frame's own memory; the index is copied, as it need not stand where 32-bit numbers can
 * be read.
 */
export function batchOf({ signal, items, index }: BatchHead, body: Uint8Array): Batch {
  if (!index) return new Batch(signal, body, items);
  let at = 0;
  const rows = (length: number): Int32Array => {
    const own = new Int32Array(length);
    new Uint8Array(own.buffer).set(body.subarray(at, at + 4 * length));
    at += 4 * length;
    return own;
  };
  const own = new Index(rows(index[0]), rows(index[1]), rows(index[2]));
  return new Batch(signal, body.subarray(at), items, own);
}
