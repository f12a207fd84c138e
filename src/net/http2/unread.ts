import type { Socket } from 'node:net';
import { leftOfWrite } from '../left-of-write.js';
import { socketFull } from './sender.js';
import type { Outgoing } from './stream.js';

/** How long a client may leave a response, or all that it is sent, unread, milliseconds. */
const unreadMs = 60_000;

/** The output of one connection of a server that its client does not read. */
export class UnreadOutput {
  readonly #socket: Socket;
  /** How far the output was at a look, and since when it has stood still. */
  #written = -1;
  #left = 0;
  #since = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * A client that does not read its responses is read no further: they, and all that answers its frames, would pile up
   * here.
   */
  pauseWhileFull(): void {
    const socket = this.#socket;
    if (socket.writableLength <= socketFull || socket.isPaused()) return;
    socket.pause();
    socket.once('drain', () => socket.resume());
  }

  /** To be asked now and then: whether the client has read nothing for too long. `written`: bytes that it was sent. */
  isOver(written: number, now: number): boolean {
    const left = leftOfWrite(this.#socket);
    if (written === this.#written && left === this.#left && this.#socket.writableLength > 0)
      return now - this.#since > unreadMs;
    this.#written = written;
    this.#left = left;
    this.#since = now;
    return false;
  }
}

/** The same for the body of one stream, which waits for a window that the client does not give. */
export function isUnread(outgoing: Outgoing, now: number): boolean {
  if (outgoing.left === outgoing.leftBefore) return now - outgoing.leftSince > unreadMs;
  outgoing.leftBefore = outgoing.left;
  outgoing.leftSince = now;
  return false;
}
