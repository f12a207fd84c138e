import type { FieldList } from './fields.js';
import { keepShape } from '../../runtime/memory/kept-shape.js';

/** How a stream ended. */
export type StreamEnd =
  /** Both sides said all they had to. */
  | { readonly kind: 'done' }
  | { readonly kind: 'reset'; readonly code: number; readonly by: 'peer' | 'us' }
  /** The connection went. */
  | { readonly kind: 'lost'; readonly message: string };

/** The callbacks of a stream. None of them may throw. */
export interface StreamEvents {
  /**
   * Header fields of a response, then its trailers. `last`: nothing follows them. Only on the client's side.
   */
  onFields(fields: FieldList, last: boolean): void;
  /** Content at `bytes[from..to)`, borrowed until the call returns. */
  onData(bytes: Uint8Array, from: number, to: number): void;
  /** The peer has said all. */
  onEnd(): void;
  /** Exactly once, and nothing comes after it. */
  onClosed(end: StreamEnd): void;
}

/** The content that is still to be sent on a stream. */
export interface Outgoing {
  readonly parts: readonly Uint8Array[];
  part: number;
  at: number;
  /** Bytes. */
  left: number;
  readonly trailers: FieldList | undefined;
  /** How much that was when it was looked at, and since when it has not changed, in clock milliseconds. */
  leftBefore: number;
  leftSince: number;
}

/** One stream of a connection, which alone changes it. */
export class Stream {
  readonly id: number;
  /** Undefined once the callbacks are no longer needed. */
  events: StreamEvents | undefined;
  /** Bytes we may send, below zero when the peer shrank its window (RFC 9113 6.9.2). */
  sendWindow: number;
  /** Bytes the peer may send. */
  receiveWindow: number;
  /** Bytes taken in since the window was last topped up. */
  taken = 0;
  /** The value of `content-length`; undefined without that field. */
  expected: number | undefined;
  received = 0;
  /** The peer has said all. */
  remoteEnded = false;
  /** We have said all. */
  localEnded = false;
  outgoing: Outgoing | undefined;
  /** Where the connection's bytes stand when the body is among them; undefined until all of it is. */
  bodyEnd: number | undefined;
  /** True while the connection has it among those that have something to send. */
  queued = false;
  closed = false;
  /** When we ended our half before the peer ended its, in clock milliseconds. */
  answeredAt: number | undefined;

  constructor(id: number, sendWindow: number, receiveWindow: number) {
    this.id = id;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }
}

keepShape(new Stream(1, 0, 0));
