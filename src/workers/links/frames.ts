import type { Socket } from 'node:net';
import { faults } from '../../component/fault.js';
import { readShared } from '../../net/read-shared.js';
import { OwnedBytes } from '../../otlp/batch.js';

/**
 * The frames that two workers send to each other. Every frame is a length, a kind, a number (of a request, or what
 * `load` and `hello` say), a head in JSON, and for batches the index and the bytes. From client to server: `hello` with
 * the client's worker number, `batch`, `resume`, `cancel`, `end`; from server to client: `partial`, `reply`,
 * `declined`, `load`, `opened`, `closed`.
 */
export const kind = {
  hello: 1,
  batch: 2,
  /** Hands on what a fan-out did not take of an earlier batch. */
  resume: 3,
  cancel: 4,
  /** The client sends nothing more to an entry. */
  end: 5,
  reply: 6,
  /** Nothing was done with a batch. */
  declined: 7,
  /** Bytes that the server's worker received from its own senders lately. */
  load: 8,
  opened: 9,
  closed: 10,
  /** A backend rejected items of a batch whose `reply` is still to come. */
  partial: 11,
} as const;

/** Bytes: length of everything behind it, kind, number, length of the head. */
export const prefixSize = 13;
/** Bytes; a longer frame does not come from a worker, so its connection is closed. */
const largest = 512 * 1024 * 1024;

export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly head: unknown;
  /** The body that follows the head. */
  readonly body: Uint8Array;
  /** The memory under `body`. */
  readonly memory: OwnedBytes;
}

/** One frame as pieces to write, the last ones being `parts` themselves. */
export function frameOf(what: number, id: number, head?: unknown, parts: readonly Uint8Array[] = []): Uint8Array[] {
  const json = head === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(head));
  const prefix = Buffer.allocUnsafe(prefixSize);
  let size = prefixSize - 4 + json.length;
  for (const part of parts) size += part.byteLength;
  prefix.writeUInt32LE(size, 0);
  prefix[4] = what;
  prefix.writeUInt32LE(id, 5);
  prefix.writeUInt32LE(json.length, 9);
  return [prefix, json, ...parts];
}

/** Writes a frame in one system call. Does nothing once the socket is gone. */
export function writeFrame(socket: Socket, frame: readonly Uint8Array[]): void {
  if (socket.destroyed) return;
  socket.cork();
  for (const part of frame) if (part.byteLength > 0) socket.write(part);
  socket.uncork();
}

/** Puts frames together from whatever pieces a socket brings. Each frame gets one buffer of exactly its size. */
export class FrameAssembler {
  readonly #onFrame: (frame: Frame) => void;
  readonly #length: Uint8Array = new Uint8Array(4);
  #frame: OwnedBytes | undefined;
  #at = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws when the other side is no worker. */
  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const frame = this.#frame;
      const into = frame?.bytes ?? this.#length;
      const to = Math.min(bytes.length, from + into.length - this.#at);
      into.set(bytes.subarray(from, to), this.#at);
      this.#at += to - from;
      from = to;
      if (this.#at < into.length) return;
      this.#at = 0;
      if (frame) {
        this.#frame = undefined;
        this.#onFrame(parsed(frame));
      } else {
        const size = new DataView(into.buffer).getUint32(0, true);
        if (size < prefixSize - 4 || size > largest) throw new Error(`a frame of ${size} bytes`);
        this.#frame = OwnedBytes.allocate(size);
      }
    }
  }
}

function parsed(memory: OwnedBytes): Frame {
  const { bytes } = memory;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = prefixSize - 4;
  const end = start + view.getUint32(5, true);
  const json = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  const head: unknown = json === '' ? undefined : JSON.parse(json);
  return { kind: bytes[0] ?? 0, id: view.getUint32(1, true), head, body: bytes.subarray(end), memory };
}

/** Calls `onFrame` with every frame that arrives on `socket`, and ends a connection that brings anything else. */
export function readFrames(socket: Socket, onFrame: (frame: Frame) => void): void {
  const frames = new FrameAssembler(onFrame);
  readShared(socket, (bytes) => {
    try {
      frames.push(bytes);
    } catch (error) {
      faults.add('link between workers', error);
      socket.destroy();
    }
  });
  socket.on('error', () => {});
}
