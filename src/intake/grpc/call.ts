import { Cancellation } from '../../component/cancellation.js';
import type { RequestContext } from '../../component/consumer.js';
import type { Span } from '../../component/tracer.js';
import type { Encoding } from '../../net/compression/decompress.js';
import { framed, messagePrefixSize, readPrefix } from '../../net/grpc/framing.js';
import { respondMessage, respondStatus } from '../../net/grpc/respond.js';
import { code } from '../../net/grpc/status.js';
import { timeoutMs } from '../../net/grpc/timeout.js';
import type { WatchedCall } from '../../net/grpc/watch-calls.js';
import { headerField, fieldsByName } from '../../net/http2/fields.js';
import type { Http2Request, RequestBody } from '../../net/http2/server.js';
import type { Reservation } from '../admission.js';
import { authenticate, type KnownSender } from '../authenticate.js';
import type { Bodies, Cut, IncomingBody } from '../bodies.js';
import type { ReceiverEntry } from '../receiver-entry.js';
import { Reception } from '../reception.js';
import { refuse, type Received, type RequestRefusal, type Refused } from '../request-state.js';
import { plainStatus } from '../status.js';
import { receiveRequest, type IncomingRequest } from '../receive-request.js';
import { grpcEncoding } from './encodings.js';
import { grpcMetadata } from './metadata.js';
import type { PartialOutcome } from '../partial-outcome.js';
import { prefixFault } from './prefix-fault.js';
import type { Replies, Reply } from './replies.js';
import type { GrpcServiceOptions } from './service.js';
import { grpcStatusOf } from './status.js';
import { keepShape } from '../../runtime/memory/kept-shape.js';

/** The part of the call that the next bytes belong to. */
type Receiving =
  | { readonly step: 'prefix'; readonly bytes: Uint8Array; at: number }
  | {
      readonly step: 'message';
      readonly length: number;
      readonly encoding: Encoding | undefined;
      readonly reception: Reception;
    }
  | { readonly step: 'done' };

const done: Receiving = { step: 'done' };
const noMetadata: RequestContext['metadata'] = new Map();

/** The things of its service that a call needs, and its own memory. */
export interface CallParts {
  readonly entry: ReceiverEntry;
  readonly reservation: Reservation;
  readonly bodies: Bodies;
  readonly options: GrpcServiceOptions;
  readonly replies: Replies;
}

/** One unary call: receives its message and sends its reply. */
export class GrpcCall implements RequestBody, IncomingRequest, IncomingBody {
  readonly transport = 'grpc';
  readonly transcode: undefined = undefined;
  readonly entry: ReceiverEntry;
  readonly limit: number;
  readonly reservation: Reservation;
  readonly deadline: number | undefined;
  readonly signal: Cancellation = new Cancellation();
  readonly #request: Http2Request;
  readonly #options: GrpcServiceOptions;
  #metadata: RequestContext['metadata'] | undefined;
  readonly #replies: Replies;
  readonly #bodies: Bodies;
  readonly #encoding: string;
  readonly #watched: WatchedCall | undefined;
  #receiving: Receiving = { step: 'prefix', bytes: new Uint8Array(messagePrefixSize), at: 0 };
  #settle: ((state: Received | Refused) => void) | undefined;
  #replied = false;

  constructor(path: string, request: Http2Request, { entry, reservation, bodies, options, replies }: CallParts) {
    const { headers } = request;
    this.entry = entry;
    this.limit = options.maxMessage;
    this.reservation = reservation;
    this.#bodies = bodies;
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

  /** Receives the call and replies. Never rejects. */
  async serve(): Promise<void> {
    const ended = await receiveRequest(this, this.#options.clock);
    if (ended.step === 'refused') return this.#refuse(ended.refusal);
    try {
      const { partial } = ended;
      const { frame, encoding } = partial ? this.#partial(partial) : await this.#replies.of(this.#encoding);
      this.#replied = true;
      this.#watched?.ended(code.OK, '');
      respondMessage(this.#request, frame, encoding);
    } catch (error) {
      this.#refuse({ kind: 'fault', message: (error as Error).message });
    }
  }

  /** A message need not be compressed, whatever the encoding of its request. */
  #partial({ rejectedItems, message }: PartialOutcome): Reply {
    return { frame: framed(this.#options.partial(rejectedItems, message), false), encoding: undefined };
  }

  receive(): Promise<Received | Refused> {
    this.#request.receive(this);
    this.#bodies.begin(this);
    return new Promise((resolve) => (this.#settle = resolve));
  }

  sender(): Promise<KnownSender | Refused> {
    return authenticate(this.#options.authenticator, (it) =>
      it.authenticate(fieldsByName(this.#request.headers), this.peer),
    );
  }

  metadata(): RequestContext['metadata'] {
    return this.#options.includeMetadata ? this.grpcMetadata() : noMetadata;
  }

  readonly grpcMetadata = (): RequestContext['metadata'] => (this.#metadata ??= grpcMetadata(this.#request.headers));

  onData(chunk: Uint8Array, start: number, end: number): void {
    for (let from = start; from < end;) {
      const receiving = this.#receiving;
      switch (receiving.step) {
        case 'done':
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
          if (refusal) return this.#end(refuse(refusal));
          from = to;
          if (reception.size === length) this.#end({ step: 'received', body: reception.complete(), encoding });
        }
      }
    }
  }

  onEnd(): void {
    this.#abort({ kind: 'malformed', status: plainStatus(code.Unknown, 'EOF') });
  }

  onGone(): void {
    // Every stream closes in the end; the sender left only when the stream has no reply yet.
    if (this.#replied) return;
    this.#watched?.ended(code.Canceled, 'context canceled');
    this.signal.abort('sender');
    this.#abort({ kind: 'sender_left' });
  }

  /** Bytes of the message and its prefix that have arrived. */
  get size(): number {
    const receiving = this.#receiving;
    switch (receiving.step) {
      case 'prefix':
        return receiving.at;
      case 'message':
        return messagePrefixSize + receiving.reception.size;
      case 'done':
        return 0;
    }
  }

  cut(why: Cut): void {
    this.#abort({ kind: why });
  }

  /** The prefix is complete. */
  #begin(prefix: Uint8Array): void {
    const { flag, length } = readPrefix(prefix);
    const encoding = flag === 1 ? grpcEncoding(this.#encoding) : undefined;
    const fault = prefixFault(flag, length, this.#encoding, this.limit);
    if (fault) return this.#end(refuse(fault));
    const reception = new Reception(this.reservation, this.limit, length);
    if (length === 0) this.#end({ step: 'received', body: reception.complete(), encoding });
    else this.#receiving = { step: 'message', length, encoding, reception };
  }

  /** Ends the reception of a message that is not complete. */
  #abort(refusal: RequestRefusal): void {
    const receiving = this.#receiving;
    if (receiving.step === 'message') receiving.reception.abandon();
    if (receiving.step !== 'done') this.#end(refuse(refusal));
  }

  #end(state: Received | Refused): void {
    this.#receiving = done;
    this.#bodies.end(this);
    this.#settle?.(state);
  }

  #refuse(refusal: RequestRefusal): void {
    const status = grpcStatusOf(refusal);
    this.#options.faults.refused(refusal, this.peer, status.message);
    this.#replied = true;
    this.#watched?.ended(status.code, status.message);
    respondStatus(this.#request, status);
  }
}

keepShape(new GrpcCall('', { headers: [] } as unknown as Http2Request, { options: {} } as unknown as CallParts));
