import { randomBytes } from 'node:crypto';
import { encodeSpans } from './otlp.js';
import { until } from './program.js';

/** One connection that sends trace requests. */
export interface LoadSender {
  /** Resolves with true when the request was accepted. */
  send(body: Buffer): Promise<boolean>;
  close(): void;
}

/** Requests of 20 spans from several senders at once, each of them one after the other. */
export class SteadyLoad {
  /** IDs of the spans that were accepted. */
  readonly acknowledged: string[] = [];
  /** Requests that had to be sent again, over a new connection. */
  retries = 0;
  readonly #accepted: number[];
  readonly #running: Promise<void>[];
  #stopped = false;

  /** Begins at once; `open` makes the connection of a sender. */
  constructor(senders: number, open: (sender: number) => LoadSender) {
    this.#accepted = Array.from({ length: senders }, () => 0);
    this.#running = this.#accepted.map((_none, i) => this.#run(i, open));
  }

  /** Resolves when each sender has had so many more requests accepted. */
  async more(requests: number): Promise<void> {
    const wanted = this.#accepted.map((accepted) => accepted + requests);
    const reached = (): boolean => this.#accepted.every((accepted, i) => accepted >= wanted[i]!);
    await until(`${requests} more requests of each sender`, reached);
  }

  /** Resolves when what is being sent was accepted. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #run(i: number, open: (sender: number) => LoadSender): Promise<void> {
    let sender = open(i);
    while (!this.#stopped) {
      const spans = Array.from({ length: 20 }, () => ({
        traceId: randomBytes(16).toString('hex'),
        spanId: randomBytes(8).toString('hex'),
      }));
      const body = encodeSpans(spans);
      await until('a request to be accepted', async () => {
        if (await sender.send(body)) return true;
        this.retries++;
        sender.close();
        sender = open(i);
        return false;
      });
      for (const { spanId } of spans) this.acknowledged.push(spanId);
      this.#accepted[i]!++;
    }
    sender.close();
  }
}
