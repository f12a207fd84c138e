import type { ServerHttp2Session } from 'node:http2';
import type { Clock } from '../../component/clock.js';

/** Times that an HTTP/2 connection may be without a request, milliseconds. */
export interface SessionTimes {
  /** Until the first one. */
  readonly firstMs: number;
  readonly idleMs: number;
}

interface Use {
  streams: number;
  used: boolean;
  quietSince: number;
}

/** The HTTP/2 connections of a server. Node bounds the time of HTTP/1.1 connections only. */
export class Sessions {
  readonly #clock: Clock;
  readonly #times: SessionTimes;
  readonly #all: Map<ServerHttp2Session, Use> = new Map();

  constructor(clock: Clock, times: SessionTimes) {
    this.#clock = clock;
    this.#times = times;
  }

  add(session: ServerHttp2Session): void {
    const use: Use = { streams: 0, used: false, quietSince: this.#clock.now() };
    this.#all.set(session, use);
    session.on('close', () => this.#all.delete(session));
    session.on('error', () => session.destroy());
    session.on('stream', (stream) => {
      use.streams++;
      use.used = true;
      stream.once('close', () => {
        use.streams--;
        use.quietSince = this.#clock.now();
      });
    });
  }

  /** Ends what has been without a request for too long. To be called now and then. */
  sweep(): void {
    const now = this.#clock.now();
    const { firstMs, idleMs } = this.#times;
    for (const [session, { streams, used, quietSince }] of this.#all)
      if (streams === 0 && now - quietSince >= (used ? idleMs : firstMs)) session.destroy();
  }

  /** Takes no more requests, and ends with the last. */
  close(): void {
    for (const session of this.#all.keys()) session.close();
  }

  destroy(): void {
    for (const session of this.#all.keys()) session.destroy();
  }
}
