import { Cancellation } from '../../component/cancellation.js';
import type { RequestContext } from '../../component/consumer.js';
import type { Span } from '../../component/tracer.js';
import type { Encoding } from '../../net/compression/decompress.js';
import { prefixSize, readPrefix } from '../../net/grpc/framing.js';
import { respondMessage, respondStatus } from '../../net/grpc/respond.js';
import { code } from '../../net/grpc/status.js';
import { timeoutMs } from '../../net/grpc/timeout.js';
import type { WatchedCall } from '../../net/grpc/watch-calls.js';
import { headerField, fieldsByName } from '../../net/http2/fields.js';
import type { Http2Request, RequestBody } from '../../net/http2/server.js';
import { Reservation } from '../admission.js';
import { authenticate, type Known } from '../authenticate.js';
import type { ReceiverEntry } from '../receiver-entry.js';
import { Reception } from '../reception.js';
import { refused, type Received, type Refusal, type Refused } from '../request-state.js';
import { plainStatus } from '../status.js';
import { takeIn, type Arrival } from '../take-in.js';
import { grpcEncoding } from './encodings.js';
import { grpcMetadata } from './metadata.js';
import type { Replies } from './replies.js';
import type { GrpcServiceOptions } from './service.js';
import { grpcStatusOf } from './status.js';

/** The part of the call that the next bytes belong to. */
type Receiving =
  | { readonly step: 'prefix'; readonly bytes: Uint8Array; at: number }
  | { readonly step: 'message'; readonly length: number; readonly encoding: Encoding | undefined; readonly reception: Reception }
  | { readonly step: 'over' };

const over: Receiving = { step: 'over' };
const noMetadata: RequestContext['metadata'] = new Map();

/** One unary call: its message as it arrives, and its answer. */
export class GrpcCall implements RequestBody, Arrival {
  readonly transport = 'grpc';
  readonly transcode: undefined = undefined;
  readonly entry: ReceiverEntry;
  readonly limit: number;
  readonly reservation: Reservation;
  readonly deadline: number | undefined;
  readonly gone: Cancellation = new Cancellation();
  readonly #request: Http2Request;
  readonly #options: GrpcServiceOptions;
  readonly #replies: Replies;
  readonly #encoding: string;
  readonly #watched: WatchedCall | undefined;
  #receiving: Receiving = { step: 'prefix', bytes: new Uint8Array(prefixSize), at: 0 };
  #settle: ((state: Received | Refused) => void) | undefined;
  #answered = false;

  constructor(path: string, request: Http2Request, entry: ReceiverEntry, options: GrpcServiceOptions, replies: Replies) {
    const { headers } = request;
    this.entry = entry;
    this.limit = options.maxMessage;
    this.reservation = new Reservation(options.admission);
    this.#request = request;
    this.#options = options;
    this.#replies = replies;
    this.#watched = options.watch?.(path, headers);
    this.#encoding = headerField(headers, 'grpc-encoding') ?? '';
    const timeout = timeoutMs(headerField(headers, 'grpc-timeout') ?? '');
    this.deadline = timeout === undefined ? undefined : options.clock.now() + timeout;
  }

  get peer(): string {
    return this.#request.peer;
  }

  get span(): Span | undefined {
    return this.#watched?.span;
  }

  /** Takes the call in and answers it. Never rejects. */
  async serve(): Promise<void> {
    const ended = await takeIn(this, this.#options.clock);
    if (ended.step === 'refused') return this.#refuse(ended.refusal);
    try {
      const { frame, encoding } = await this.#replies.of(this.#encoding);
      this.#answered = true;
      this.#watched?.ended(code.OK, '');
      respondMessage(this.#request, frame, encoding);
    } catch (error) {
      this.#refuse({ kind: 'fault', message: (error as Error).message });
    }
  }

  receive(): Promise<Received | Refused> {
    this.#request.receive(this);
    return new Promise((resolve) => (this.#settle = resolve));
  }

  sender(): Promise<Known | Refused> {
    return authenticate(this.#options.authenticator, () => fieldsByName(this.#request.headers));
  }

  metadata(): RequestContext['metadata'] {
    return this.#options.includeMetadata ? grpcMetadata(this.#request.headers) : noMetadata;
  }

  onData(chunk: Uint8Array, start: number, end: number): void {
    for (let from = start; from < end;) {
      const receiving = this.#receiving;
      switch (receiving.step) {
        case 'over':
          return;
        case 'prefix': {
          const { bytes, at } = receiving;
          const to = Math.min(end, from + bytes.length - at);
          bytes.set(chunk.subarray(from, to), at);
          receiving.at += to - from;
          from = to;
          if (receiving.at === bytes.length) this.#begin(bytes);
          break;
        }
        case 'message': {
          const { reception, length, encoding } = receiving;
          const to = Math.min(end, from + length - reception.size);
          const refusal = reception.append(chunk, from, to);
          if (refusal) return this.#end(refused(refusal));
          from = to;
          if (reception.size === length) this.#end({ step: 'received', body: reception.whole(), encoding });
        }
      }
    }
  }

  onEnd(): void {
    this.#breakOff({ kind: 'malformed', status: plainStatus(code.Unknown, 'EOF') });
  }

  onGone(): void {
    // Every stream closes in the end; only one without its answer has lost its sender.
    if (this.#answered) return;
    this.#watched?.ended(code.Canceled, 'context canceled');
    this.gone.abort('sender');
    this.#breakOff({ kind: 'gone' });
  }

  /** The prefix has arrived. */
  #begin(prefix: Uint8Array): void {
    const { flag, length } = readPrefix(prefix);
    const encoding = flag === 1 ? grpcEncoding(this.#encoding) : undefined;
    const fault = this.#prefixFault(flag, length, encoding);
    if (fault) return this.#end(refused(fault));
    const reception = new Reception(this.reservation, this.limit, length);
    if (length === 0) this.#end({ step: 'received', body: reception.whole(), encoding });
    else this.#receiving = { step: 'message', length, encoding, reception };
  }

  #prefixFault(flag: number, size: number, encoding: Encoding | undefined): Refusal | undefined {
    const malformed = (message: string): Refusal => ({ kind: 'malformed', status: plainStatus(code.Internal, message) });
    if (flag > 1) return malformed(`grpc: received unexpected payload format ${flag}`);
    if (flag === 1 && (this.#encoding === '' || this.#encoding === 'identity'))
      return malformed('grpc: compressed flag set with identity or empty encoding');
    if (flag === 1 && encoding === undefined) return { kind: 'unknown_encoding', name: this.#encoding };
    return size > this.limit ? { kind: 'too_large', limit: this.limit, size } : undefined;
  }

  /** The message will not be complete, unless it is already. */
  #breakOff(refusal: Refusal): void {
    const receiving = this.#receiving;
    if (receiving.step === 'message') receiving.reception.abandon();
    if (receiving.step !== 'over') this.#end(refused(refusal));
  }

  #end(state: Received | Refused): void {
    this.#receiving = over;
    this.#settle?.(state);
  }

  #refuse(refusal: Refusal): void {
    const status = grpcStatusOf(refusal);
    this.#answered = true;
    this.#watched?.ended(status.code, status.message);
    respondStatus(this.#request, status);
  }
}
