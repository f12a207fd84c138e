import type { Dispatcher } from 'undici';
import { Cancellation, Cancelled, cancelMessage, type CancelSignal } from '../../component/cancellation.js';
import { keepShape, unset } from '../../runtime/memory/kept-shape.js';
import { mostInterimAnswers } from '../interim-answers.js';

/** As much of a response is read as the Collector reads, bytes. */
const maxBody = 65_536;

/** The head of a response, and its body cut at `maxBody`. */
export interface ReceivedReply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  /** The body was longer than what is read. */
  readonly truncated: boolean;
}

/**
 * Receives the response to one request from undici. It stands in the place of undici's `request`, which makes a stream,
 * an iterator and an `AbortSignal` for each response; the responses of backends are a few bytes. Ends once: with the
 * response, with the first error, or with `Cancelled` as soon as `signal` is cancelled, in every phase of the exchange.
 */
export class ReplyReceiver implements Dispatcher.DispatchHandler {
  readonly #signal: CancelSignal;
  readonly #resolve: (reply: ReceivedReply) => void;
  readonly #reject: (error: unknown) => void;
  readonly #cancel = (): void => this.#cancelled();
  /** Undefined while the request waits for a connection. */
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  #chunks: Uint8Array[] = [];
  #size = 0;
  #interim = 0;
  #ended = false;

  constructor(signal: CancelSignal, resolve: (reply: ReceivedReply) => void, reject: (error: unknown) => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#cancel);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // undici keeps an abandoned request until there is a connection for it.
    if (this.#signal.aborted) this.#cancelled();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) {
      if (++this.#interim > mostInterimAnswers)
        controller.abort(new Error(`more than ${mostInterimAnswers} interim responses`));
      return;
    }
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const left = maxBody - this.#size;
    this.#size += chunk.length;
    if (left > 0) this.#chunks.push(chunk.length <= left ? chunk : chunk.subarray(0, left));
    if (chunk.length <= left) return;
    this.#received();
    // The connection ends with it: the rest is not read.
    controller.abort(new Error('the response is too long'));
  }

  onResponseEnd(): void {
    this.#received();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #received(): void {
    if (!this.#end()) return;
    const headers = this.#headers;
    const chunks = this.#chunks;
    this.#resolve({
      status: this.#status,
      header: (name) => {
        const value = headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
      body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
      truncated: this.#size > maxBody,
    });
  }

  #cancelled(): void {
    const reason = this.#signal.cancelledBy ?? 'sender';
    this.#fail(new Cancelled(reason));
    this.#controller?.abort(new Error(cancelMessage(reason)));
  }

  #fail(error: Error): void {
    if (this.#end()) this.#reject(error);
  }

  /** False when it has ended before. */
  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#signal.removeEventListener('abort', this.#cancel);
    return true;
  }
}

keepShape(new ReplyReceiver(new Cancellation(), unset, unset));
