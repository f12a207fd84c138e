import type { Socket } from 'node:net';
import type { RequestContext } from '../../component/consumer.js';
import { DeliveryError, type GrpcStatus } from '../../component/delivery-error.js';
import { Batch } from '../../otlp/batch.js';
import { Index } from '../../otlp/wire/item-index.js';
import type { Signal } from '../../otlp/signal.js';
import { readShared } from '../../net/read-shared.js';

/** What two workers say to each other; every frame is a length, a kind, a number (of the batch, or an
 * amount of bytes), a head in JSON, and for batches the index and the bytes. */
export const kind = { batch: 1, reply: 2, declined: 3, cancel: 4, load: 5 } as const;

/** Length of everything behind it, kind, number of the batch, length of the head. */
export const prefixSize = 13;
/** No worker sends more at once; who says so is no worker. */
const largest = 512 * 1024 * 1024;

export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly head: unknown;
  /** What follows the head. */
  readonly body: Uint8Array;
}

/** The head of a batch. */
export interface BatchHead {
  readonly receiver: string;
  readonly signal: Signal;
  readonly items: number;
  /** Int32 values of the three parts of the index, which stand before the bytes. */
  readonly index: readonly [resources: number, scopes: number, items: number];
  /** Milliseconds that are left. */
  readonly left?: number;
  readonly metadata: readonly (readonly [string, readonly string[]])[];
  readonly peer?: string;
}

/** Undefined: all was taken. */
export interface ReplyHead {
  readonly message: string;
  readonly class: DeliveryError['class'];
  readonly reason: string;
  readonly local: boolean;
  readonly retryAfterMs?: number;
  readonly status?: { readonly code: number; readonly message: string; readonly details: readonly string[] };
}

export function frameOf(number: number, id: number, head: unknown, parts: readonly Uint8Array[] = []): Uint8Array[] {
  const json = head === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(head));
  const prefix = Buffer.allocUnsafe(prefixSize);
  let size = prefixSize - 4 + json.length;
  for (const part of parts) size += part.byteLength;
  prefix.writeUInt32LE(size, 0);
  prefix[4] = number;
  prefix.writeUInt32LE(id, 5);
  prefix.writeUInt32LE(json.length, 9);
  return [prefix, json, ...parts];
}

export function batchFrame(id: number, receiver: string, batch: Batch, context: RequestContext, nowMs: number): Uint8Array[] {
  const { resources, scopes, items } = batch.index;
  const head: BatchHead = {
    ...{ receiver, signal: batch.signal, items: batch.itemCount, index: [resources.length, scopes.length, items.length] },
    ...(context.deadline === undefined ? {} : { left: context.deadline - nowMs }),
    metadata: [...context.metadata],
    ...(context.peer === undefined ? {} : { peer: context.peer }),
  };
  const bytes = (part: Int32Array): Uint8Array => new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  return frameOf(kind.batch, id, head, [bytes(resources), bytes(scopes), bytes(items), batch.bytes]);
}

/** The batch of a frame, over the frame's own buffer; the index is copied, as it need not stand where numbers can be read. */
export function batchOf(head: BatchHead, body: Uint8Array): Batch {
  let at = 0;
  const part = (length: number): Int32Array => {
    const own = new Int32Array(length);
    new Uint8Array(own.buffer).set(body.subarray(at, at + 4 * length));
    at += 4 * length;
    return own;
  };
  const [resources, scopes, items] = head.index;
  const index = new Index(part(resources), part(scopes), part(items));
  return new Batch(head.signal, body.subarray(at), head.items, index);
}

export function replyHead(error: unknown): ReplyHead {
  if (!(error instanceof DeliveryError))
    return { message: error instanceof Error ? error.message : String(error), class: 'permanent', reason: 'internal_error', local: false };
  const { message, reason, local, retryAfterMs, status } = error;
  return {
    ...{ message, class: error.class, reason, local },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status ? { status: { ...status, details: status.details.map((detail) => Buffer.from(detail).toString('base64')) } } : {}),
  };
}

export function errorOf(head: ReplyHead): DeliveryError {
  const { message, reason, local, retryAfterMs } = head;
  const status: GrpcStatus | undefined = head.status && {
    ...head.status,
    details: head.status.details.map((detail) => Buffer.from(detail, 'base64')),
  };
  return new DeliveryError(message, { class: head.class, reason, local, retryAfterMs, status });
}

/** Puts frames together from whatever pieces a socket brings. Each frame gets one buffer of exactly its size. */
export class FrameAssembler {
  readonly #onFrame: (frame: Frame) => void;
  readonly #length: Uint8Array = new Uint8Array(4);
  #frame: Uint8Array | undefined;
  #at = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws when the other side is no worker. */
  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const into = this.#frame ?? this.#length;
      const to = Math.min(bytes.length, from + into.length - this.#at);
      into.set(bytes.subarray(from, to), this.#at);
      this.#at += to - from;
      from = to;
      if (this.#at < into.length) return;
      this.#at = 0;
      if (this.#frame) {
        this.#frame = undefined;
        this.#onFrame(parsed(into));
      } else {
        const size = new DataView(into.buffer).getUint32(0, true);
        if (size < prefixSize - 4 || size > largest) throw new Error(`a frame of ${size} bytes`);
        this.#frame = Batch.allocate(size);
      }
    }
  }
}

function parsed(bytes: Uint8Array): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = prefixSize - 4;
  const end = start + view.getUint32(5, true);
  const json = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  return { kind: bytes[0] ?? 0, id: view.getUint32(1, true), head: json === '' ? undefined : JSON.parse(json), body: bytes.subarray(end) };
}

/** Hands every frame that a socket brings to `onFrame`; whoever sends something else is cut off. */
export function readFrames(socket: Socket, onFrame: (frame: Frame) => void): void {
  const frames = new FrameAssembler(onFrame);
  readShared(socket, (bytes) => {
    try {
      frames.push(bytes);
    } catch {
      socket.destroy();
    }
  });
  socket.on('error', () => {});
}
