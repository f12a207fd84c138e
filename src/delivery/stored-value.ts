import type { RequestContext } from '../component/consumer.js';
import type { StorageValue } from '../component/storage.js';
import type { Span, SpanContext } from '../component/tracer.js';
import { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';

/** The form of a stored request: this number 1 | length of the context 4 | the context as JSON | the OTLP bytes. */
const version = 1;
const headBytes = 5;

/** The part of a request's context that outlives the process; what an authenticator found does not. */
interface StoredContext {
  readonly metadata?: readonly (readonly [string, readonly string[]])[];
  readonly span?: SpanContext;
}

/** In pieces: the bytes of the batch are its own. */
export function encodeRequest(batch: Batch, { metadata, span }: RequestContext): StorageValue {
  const stored: StoredContext = {
    ...(metadata.size > 0 && { metadata: [...metadata] }),
    ...(span && { span: span.context }),
  };
  const context = Buffer.from(JSON.stringify(stored));
  const head = Buffer.allocUnsafe(headBytes + context.length);
  head[0] = version;
  head.writeUInt32LE(context.length, 1);
  head.set(context, headBytes);
  return [head, batch.bytes];
}

/** Throws for what is no stored request. */
export function decodeRequest(
  value: Uint8Array,
  signal: Signal,
  items: number,
): { readonly batch: Batch; readonly context: RequestContext } {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length < headBytes || bytes[0] !== version) throw new Error(`unknown form of a stored request`);
  const end = headBytes + bytes.readUInt32LE(1);
  if (end > bytes.length) throw new Error('a stored request is not complete');
  const { metadata, span } = JSON.parse(bytes.toString('utf8', headBytes, end)) as StoredContext;
  return {
    batch: new Batch(signal, value.subarray(end), items),
    context: { metadata: new Map(metadata ?? []), span: span && ended(span) },
  };
}

/** The span of a request that another process received: it can be named, and not changed any more. */
function ended(context: SpanContext): Span {
  return { context, set() {}, event() {}, fail() {}, end() {} };
}

/** A key of a stored request says what it counts, so that a queue opens without reading any value. */
export interface StoredKey {
  /** Requests are taken in this order. */
  readonly number: number;
  readonly items: number;
  /** As the Collector encodes them. */
  readonly bytes: number;
}

export function encodeKey({ number, items, bytes }: StoredKey): string {
  return `${number}.${items}.${bytes}`;
}

/** Undefined for a key that is none of a stored request. */
export function decodeKey(key: string): StoredKey | undefined {
  const match = /^(\d{1,15})\.(\d{1,10})\.(\d{1,12})$/.exec(key);
  if (!match) return undefined;
  return { number: Number(match[1]), items: Number(match[2]), bytes: Number(match[3]) };
}
