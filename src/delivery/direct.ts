import type { Consumer, RequestContext } from '../component/consumer.js';
import type { PushRoom, Pusher } from '../component/pusher.js';
import type { Reserved } from '../component/reservation.js';
import type { Batch } from '../otlp/batch.js';
import type { Observer } from './observe.js';
import type { Send } from './send.js';

/** A chain without a queue: the sender waits for the export, whose outcome is returned to it. */
export class Direct implements Consumer {
  readonly #observer: Observer;
  readonly #pusher: Pusher;
  readonly #through: (pusher: Pusher) => Send;
  readonly #next: Send;
  #open = 0;
  #idle: (() => void) | undefined;

  /** `through` makes the steps before a pusher. */
  constructor(observer: Observer, pusher: Pusher, through: (pusher: Pusher) => Send) {
    this.#observer = observer;
    this.#pusher = pusher;
    this.#through = through;
    this.#next = through(pusher);
  }

  consume(batch: Batch, context: RequestContext): Promise<void> {
    return this.#send(this.#next, batch, context);
  }

  /**
   * Room behind the pusher, for the first attempt. Without room the request is refused before this chain would try
   * again: its sender does, and until then no other consumer of it has been handed it.
   */
  reserve(batch: Batch, context: RequestContext): Reserved {
    const answer = this.#pusher.reserve?.(batch, context);
    if (answer === undefined) return undefined;
    if (answer.granted) return this.#room(answer);
    const { error, whenRoom } = answer;
    return {
      granted: false,
      error,
      whenRoom,
      refuse: (reason) => {
        answer.refuse(reason);
        this.#observer.refuse(batch.itemCount, reason);
      },
    };
  }

  #room(reserved: PushRoom): Reserved {
    let room: PushRoom | undefined = reserved;
    const taken = (): PushRoom | undefined => {
      const own = room;
      room = undefined;
      return own;
    };
    const next = this.#through({
      push: (batch, attempt) => (taken() ?? this.#pusher).push(batch, attempt),
    });
    return {
      granted: true,
      consume: (batch, context) => {
        const sent = this.#send(next, batch, context);
        // A sender that has left makes no attempt.
        taken()?.release();
        return sent;
      },
      release: () => reserved.release(),
    };
  }

  async #send(next: Send, batch: Batch, context: RequestContext): Promise<void> {
    this.#open++;
    this.#observer.books.in(batch.itemCount);
    const error = await this.#observer.send(next, batch, context, undefined);
    if (--this.#open === 0) this.#idle?.();
    if (error === undefined) return;
    this.#observer.logRejecting(error, (error.remaining ?? batch).itemCount);
    throw error;
  }

  /** Resolves when no request is in progress. */
  shutdown(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#idle = resolve));
  }
}
