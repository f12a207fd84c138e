import http from 'node:http';
import { leftOfWrite } from '../left-of-write.js';
import type { HttpResponse } from './server.js';

/** How far a response was at a look. */
interface Mark {
  left: number;
  at: number;
}

/** Finds responses that are complete here and that their clients do not read. */
export class UnreadResponses {
  readonly #limitMs: number;
  readonly #marks: WeakMap<HttpResponse, Mark> = new WeakMap();

  /** `limitMs`: how long a response may stand still. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** To be asked now and then of each response in progress: whether its client has read nothing for too long. */
  isOver(response: HttpResponse, now: number): boolean {
    if (!response.writableEnded) return false;
    const isPlain = response instanceof http.ServerResponse;
    const left = isPlain ? leftOfWrite(response.req.socket) : response.writableLength;
    // The client has read all that it was sent: this response waits for one before it, which is not complete.
    if (isPlain && left === 0) {
      this.#marks.delete(response);
      return false;
    }
    const mark = this.#marks.get(response);
    if (mark?.left === left) return now - mark.at >= this.#limitMs;
    this.#marks.set(response, { left, at: now });
    return false;
  }
}
