import { Worker } from 'node:worker_threads';
import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { HashQuestion } from './hash-thread.js';

/** The thread holds some 25 MiB; without a question for so long it ends, milliseconds. */
const idleMs = 60_000;
/** A hash needs some KiB. Unit: MiB. */
const heapMib = 16;

interface Asked {
  readonly question: HashQuestion;
  readonly answer: (right: boolean) => void;
  readonly fail: (error: Error) => void;
  /** Whether the question was asked once before, of a thread that ended. */
  again: boolean;
}

/**
 * Compares passwords with costly hashes in another thread, which is started for the first one and ends when there were
 * none for a while. One at a time. When the thread ends under a question, another one gets it, once.
 */
export class HashAside {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #file: URL;
  #thread: Worker | undefined;
  #asked: Asked | undefined;
  #closed = false;
  #stopIdle: () => void = () => {};

  constructor(clock: Clock, logger: Logger, file: URL = new URL('./hash-thread.js', import.meta.url)) {
    this.#clock = clock;
    this.#logger = logger;
    this.#file = file;
  }

  /** Rejects when two threads ended under the question, or at `close`. */
  matches(password: string, hash: string): Promise<boolean> {
    return new Promise((answer, fail) => {
      this.#asked = { question: { password, hash }, answer, fail, again: false };
      this.#stopIdle();
      this.#ask(this.#asked);
    });
  }

  close(): void {
    this.#closed = true;
    this.#stopIdle();
    this.#end();
    this.#settle()?.fail(new Error('the gateway stops'));
  }

  #ask({ question, fail }: Asked): void {
    if (this.#closed) return fail(new Error('the gateway stops'));
    try {
      this.#thread ??= this.#start();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#thread.postMessage(question);
    } catch (error) {
      // The system may have no thread left.
      this.#settle();
      fail(error as Error);
    }
  }

  #start(): Worker {
    const thread = new Worker(this.#file, {
      resourceLimits: { maxOldGenerationSizeMb: heapMib, maxYoungGenerationSizeMb: heapMib },
    });
    thread.unref();
    thread.on('message', (right: boolean) => {
      this.#stopIdle = this.#clock.after(idleMs, () => this.#end());
      this.#settle()?.answer(right);
    });
    // After an error comes an exit, which then is one of a thread that is no longer in use.
    thread.on('error', (error) => this.#lost(thread, error));
    thread.on('exit', (code) => this.#lost(thread, new Error(`it ended with code ${code}`)));
    return thread;
  }

  #lost(thread: Worker, error: Error): void {
    if (thread !== this.#thread) return;
    this.#thread = undefined;
    this.#logger.error('The thread that checks passwords failed', { error: error.message });
    const asked = this.#asked;
    if (asked === undefined) return;
    if (asked.again) return this.#settle()?.fail(error);
    asked.again = true;
    this.#ask(asked);
  }

  #settle(): Asked | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    return asked;
  }

  #end(): void {
    const thread = this.#thread;
    this.#thread = undefined;
    void thread?.terminate();
  }
}
