import { Cancellation } from '../../component/cancellation.js';
import type { Clock } from '../../component/clock.js';
import type { RequestContext } from '../../component/consumer.js';
import { DeliveryError, type GrpcStatus } from '../../component/delivery-error.js';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import type { ServerMiddleware } from '../../component/server-middleware.js';
import { compressor } from '../compression/compress.js';
import { decompress, type Encoding } from '../compression/decompress.js';
import { TooLarge } from '../compression/too-large.js';
import { OwnedBytes, type EncodedBody } from '../../otlp/batch.js';
import { fieldOf, type FieldList } from '../http2/fields.js';
import type { Http2Request, RequestBody } from '../http2/server.js';
import { firstRefusal } from '../options/server-common.js';
import type { WatchedCall, WatchServerCalls } from './watch-calls.js';
import { code, encodeMessage, encodeStatus, retryInfo } from './status.js';

/** Bytes that bodies may take while they are received and handed on. */
export interface Admission {
  tryReserve(bytes: number): boolean;
  release(bytes: number): void;
}

/** One unary method, in two steps, because a message that can't be read is refused before its sender is looked at. */
export interface GrpcMethod<T> {
  /** Reads the message, whose bytes it may keep, and the compressed body that it came in. Throws what is wrong with it. */
  read(message: Uint8Array, encodedBody?: EncodedBody): T;
  /** Undefined when all is well. Never rejects. */
  call(message: T, context: RequestContext): Promise<GrpcStatus | undefined>;
}

export interface GrpcServiceOptions {
  /** By path, `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, GrpcMethod<unknown>>;
  /** Largest message, on the wire and inflated, bytes. */
  readonly maxMessage: number;
  readonly includeMetadata: boolean;
  readonly authenticator: ServerAuthenticator | undefined;
  readonly middlewares?: readonly ServerMiddleware[];
  readonly admission: Admission;
  readonly clock: Clock;
  /** What every successful answer says, encoded. */
  readonly reply: Uint8Array;
  /** Undefined when nobody wants to know of single calls. */
  readonly watch?: WatchServerCalls | undefined;
}

/** The encodings of gRPC: its `snappy` is the framed format. */
const grpcEncodings: Readonly<Record<string, Encoding>> = { gzip: 'gzip', zstd: 'zstd', snappy: 'x-snappy-framed' };

const noBytes: OwnedBytes = new OwnedBytes(new Uint8Array());

/** How long a sender that found no memory shall wait, milliseconds. */
const defaultRetryAfterMs = 1000;

/** Answers unary gRPC calls on HTTP/2 streams (spec core 9.2). */
export class GrpcService {
  readonly #options: GrpcServiceOptions;
  /** The successful answer as a frame, by the encoding of the request. */
  readonly #replies: Map<string, Uint8Array> = new Map();

  constructor(options: GrpcServiceOptions) {
    this.#options = options;
    this.#replies.set('', frame(options.reply, false));
  }

  readonly onRequest = (request: Http2Request): void => {
    const fault = this.#headerFault(request.headers);
    if (fault) {
      // Whoever does not speak gRPC reads the text.
      request.respond(statusFields(fault.http, fault.code, fault.message), Buffer.from(`${fault.message}\n`), undefined);
      return;
    }
    const path = fieldOf(request.headers, ':path') ?? '';
    const method = this.#options.methods.get(path);
    const refused = method && this.#options.middlewares && firstRefusal(this.#options.middlewares);
    if (refused) refuse(request, { ...refused.status, details: [...refused.status.details, retryInfo(refused.retryAfterMs)] });
    else if (method) request.receive(new Call(path, request, method, this.#options, this.#replies));
    else refuse(request, { code: code.Unimplemented, message: unknownMethod(path, this.#options.methods), details: [] });
  };

  #headerFault(headers: FieldList): { http: number; code: number; message: string } | undefined {
    const method = fieldOf(headers, ':method');
    if (method !== 'POST')
      return {
        http: 405,
        code: code.Internal,
        message: `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`,
      };
    const type = fieldOf(headers, 'content-type') ?? '';
    if (!/^application\/grpc(?:[+;].*)?$/.test(type))
      return { http: 415, code: code.InvalidArgument, message: `invalid gRPC request content-type ${JSON.stringify(type)}` };
    const timeout = fieldOf(headers, 'grpc-timeout');
    if (timeout !== undefined && timeoutMs(timeout) === undefined)
      return { http: 400, code: code.Internal, message: `malformed grpc-timeout: ${timeout}` };
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      if (name.endsWith('-bin') && !isBase64(headers[i + 1] as string))
        return { http: 400, code: code.Internal, message: `malformed binary metadata in header ${name}` };
    }
    return undefined;
  }
}

type Receiving =
  | { readonly step: 'prefix'; readonly bytes: Uint8Array; at: number }
  | { readonly step: 'message'; readonly compressed: boolean; readonly body: OwnedBytes; readonly bytes: Uint8Array; at: number }
  | { readonly step: 'done' };

/** Bytes. */
const admissionStep = 65_536;

class Call implements RequestBody {
  readonly #request: Http2Request;
  readonly #method: GrpcMethod<unknown>;
  readonly #options: GrpcServiceOptions;
  readonly #replies: Map<string, Uint8Array>;
  readonly #encoding: string;
  readonly #deadline: number | undefined;
  #state: Receiving = { step: 'prefix', bytes: new Uint8Array(5), at: 0 };
  readonly #watched: WatchedCall | undefined;
  #taken = 0;
  #gone: Cancellation | undefined;
  #over: 'no' | 'answered' | 'gone' = 'no';

  constructor(
    path: string,
    request: Http2Request,
    method: GrpcMethod<unknown>,
    options: GrpcServiceOptions,
    replies: Map<string, Uint8Array>,
  ) {
    this.#request = request;
    this.#method = method;
    this.#options = options;
    this.#replies = replies;
    const { headers } = request;
    this.#watched = options.watch?.(path, headers);
    this.#encoding = fieldOf(headers, 'grpc-encoding') ?? '';
    const timeout = timeoutMs(fieldOf(headers, 'grpc-timeout') ?? '');
    this.#deadline = timeout === undefined ? undefined : options.clock.now() + timeout;
  }

  onEnd(): void {
    if (this.#state.step !== 'done') this.#refuse(code.Unknown, 'EOF');
  }

  onGone(): void {
    // Every stream closes in the end; only one without its answer has lost its sender.
    if (this.#over === 'answered') return;
    this.#over = 'gone';
    this.#watched?.ended(code.Canceled, 'context canceled');
    this.#gone?.abort('sender');
    const state = this.#state;
    if (state.step === 'done') return;
    this.#state = { step: 'done' };
    if (state.step === 'message') state.body.release();
    this.#release();
  }

  onData(chunk: Uint8Array, start: number, end: number): void {
    let from = start;
    while (from < end) {
      const state = this.#state;
      if (state.step === 'done') return;
      const to = Math.min(end, from + state.bytes.length - state.at);
      if (state.step === 'message' && !this.#admitted(state.at + to - from, state.bytes.length)) return this.#refuseForMemory();
      state.bytes.set(chunk.subarray(from, to), state.at);
      state.at += to - from;
      from = to;
      if (state.at < state.bytes.length) return;
      if (state.step === 'prefix') this.#prefix(state.bytes);
      else this.#whole(state.body, state.compressed);
    }
  }

  #prefix(bytes: Uint8Array): void {
    const flag = bytes[0] as number;
    const length = new DataView(bytes.buffer).getUint32(1);
    const { maxMessage } = this.#options;
    if (flag > 1) return this.#refuse(code.Internal, `grpc: received unexpected payload format ${flag}`);
    if (flag === 1) {
      if (this.#encoding === '' || this.#encoding === 'identity')
        return this.#refuse(code.Internal, 'grpc: compressed flag set with identity or empty encoding');
      if (!Object.hasOwn(grpcEncodings, this.#encoding))
        return this.#refuse(code.Unimplemented, `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(this.#encoding)}`);
    }
    if (length > maxMessage)
      return this.#refuse(code.ResourceExhausted, `grpc: received message larger than max (${length} vs. ${maxMessage})`);
    const body = length === 0 ? noBytes : OwnedBytes.allocate(length);
    this.#state = { step: 'message', compressed: flag === 1, body, bytes: body.bytes, at: 0 };
    if (length === 0) this.#whole(body, flag === 1);
  }

  /**
   * Takes memory for what has come, in steps: who declares much and sends little must not hold the others' share. Untouched pages of
   * the buffer are not memory yet.
   */
  #admitted(come: number, length: number): boolean {
    if (come <= this.#taken) return true;
    const more = Math.min(length, Math.ceil(come / admissionStep) * admissionStep) - this.#taken;
    if (!this.#options.admission.tryReserve(more)) return false;
    this.#taken += more;
    return true;
  }

  #whole(body: OwnedBytes, compressed: boolean): void {
    this.#state = { step: 'done' };
    if (!compressed) {
      this.#call(body).catch((error: unknown) => this.#broken(error));
      return;
    }
    const encoding = grpcEncodings[this.#encoding] as Encoding;
    const inflated = decompress(encoding, body.bytes, this.#options.maxMessage).then(
      ({ plain, whole }) => {
        // A body that may leave as it came stays in memory beside what it holds.
        const more = plain.bytes.length - (whole ? 0 : this.#taken);
        if (more > 0 && !this.#options.admission.tryReserve(more)) return this.#refuseForMemory();
        this.#taken += Math.max(0, more);
        if (whole) return this.#call(plain, body, encoding);
        body.release();
        return this.#call(plain);
      },
      (error: Error) => {
        if (error instanceof TooLarge)
          this.#refuse(code.ResourceExhausted, `grpc: received message after decompression larger than max ${error.limit}`);
        else this.#refuse(code.Internal, `grpc: failed to decompress the received message: ${error.message}`);
      },
    );
    inflated.catch((error: unknown) => this.#broken(error));
  }

  /** Only a fault of ours comes here: it costs this call its answer, not the process. */
  #broken(error: unknown): void {
    this.#refuse(code.Internal, (error as Error).message);
  }

  async #call(plain: OwnedBytes, body?: OwnedBytes, encoding?: Encoding): Promise<void> {
    const { authenticator, clock } = this.#options;
    let message: unknown;
    try {
      message = this.#method.read(plain.bytes, body && encoding && { encoding, bytes: body.bytes });
    } catch (error) {
      plain.release();
      body?.release();
      return this.#refuse(code.Internal, `grpc: error unmarshalling request: ${(error as Error).message}`);
    }
    let auth: ReadonlyMap<string, unknown> | undefined;
    if (authenticator) {
      try {
        auth = await authenticator.authenticate(fieldsOf(this.#request.headers));
      } catch (error) {
        const status = error instanceof DeliveryError ? error.status : undefined;
        return this.#answer(status ?? { code: code.Unauthenticated, message: (error as Error).message, details: [] });
      }
    }
    this.#gone = new Cancellation();
    if (this.#over === 'gone') this.#gone.abort('sender');
    if (this.#deadline !== undefined && clock.now() >= this.#deadline)
      return this.#refuse(code.DeadlineExceeded, 'context deadline exceeded');
    const status = await this.#method.call(message, {
      metadata: this.#options.includeMetadata ? metadataOf(this.#request.headers) : noMetadata,
      deadline: this.#deadline,
      signal: this.#gone,
      auth,
      peer: this.#request.peer,
      span: this.#watched?.span,
    });
    // What was not taken may be held by whoever tries again.
    if (status) return this.#answer(status);
    plain.release();
    body?.release();
    const reply = await this.#reply();
    this.#release();
    this.#watched?.ended(code.OK, '');
    this.#over = 'answered';
    this.#request.respond(reply[0] === 1 ? [...okFields, 'grpc-encoding', this.#encoding] : okFields, reply, okTrailers);
  }

  /** The answer in the request's own encoding, compressed once for all requests. */
  async #reply(): Promise<Uint8Array> {
    const encoding = Object.hasOwn(grpcEncodings, this.#encoding) ? this.#encoding : '';
    const ready = this.#replies.get(encoding);
    if (ready) return ready;
    const compress = await compressor(grpcEncodings[encoding] as Encoding, 0);
    const reply = frame(compress ? (await compress(this.#options.reply)).bytes : this.#options.reply, compress !== undefined);
    this.#replies.set(encoding, reply);
    return reply;
  }

  #refuseForMemory(): void {
    this.#answer({ code: code.Unavailable, message: 'the memory for receiving is exhausted', details: [retryInfo(defaultRetryAfterMs)] });
  }

  #refuse(number: number, message: string): void {
    this.#answer({ code: number, message, details: [] });
  }

  #answer(status: GrpcStatus): void {
    // Nobody has seen a message that is refused before its end.
    if (this.#state.step === 'message') this.#state.body.release();
    this.#state = { step: 'done' };
    this.#release();
    this.#watched?.ended(status.code, status.message);
    if (this.#over === 'no') this.#over = 'answered';
    refuse(this.#request, status);
  }

  #release(): void {
    this.#options.admission.release(this.#taken);
    this.#taken = 0;
  }
}

const okFields: FieldList = [':status', '200', 'content-type', 'application/grpc'];
const okTrailers: FieldList = ['grpc-status', '0'];
const noMetadata: ReadonlyMap<string, readonly string[]> = new Map();

function refuse(request: Http2Request, status: GrpcStatus): void {
  const fields = statusFields(200, status.code, status.message);
  if (status.details.length > 0)
    fields.push('grpc-status-details-bin', Buffer.from(encodeStatus(status)).toString('base64').replace(/=+$/, ''));
  request.respondOnly(fields);
}

function statusFields(http: number, number: number, message: string): string[] {
  return [
    ...[':status', String(http), 'content-type', 'application/grpc'],
    ...['grpc-status', String(number), 'grpc-message', encodeMessage(message)],
  ];
}

function frame(message: Uint8Array, compressed: boolean): Uint8Array {
  const framed = Buffer.alloc(5 + message.length);
  framed[0] = compressed ? 1 : 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

function unknownMethod(path: string, methods: ReadonlyMap<string, unknown>): string {
  const match = /^\/?(.*)\/([^/]*)$/.exec(path);
  if (!match) return `malformed method name: ${JSON.stringify(path)}`;
  const [, service = '', method = ''] = match;
  const known = [...methods.keys()].some((name) => name.startsWith(`/${service}/`));
  return known ? `unknown method ${method} for service ${service}` : `unknown service ${service}`;
}

const timeUnits: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout`; undefined when it is none. */
function timeoutMs(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match ? Number(match[1]) * (timeUnits[match[2] ?? ''] ?? 0) : undefined;
}

function isBase64(text: string): boolean {
  return text.split(',').every((part) => /^[A-Za-z0-9+/]*={0,2}$/.test(part.trim()) && part.trim().replace(/=+$/, '').length % 4 !== 1);
}

/** All request fields by lower-case name, without HTTP/2's own. */
function fieldsOf(headers: FieldList): Map<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    if (name.startsWith(':')) continue;
    const before = fields.get(name);
    if (before) before.push(value);
    else fields.set(name, [value]);
  }
  return fields;
}

/** What `include_metadata` shows of a gRPC request: its own fields, and `host`. */
function metadataOf(headers: FieldList): ReadonlyMap<string, readonly string[]> {
  const fields = fieldsOf(headers);
  for (const name of ['te', 'grpc-timeout', 'grpc-encoding', 'grpc-accept-encoding']) fields.delete(name);
  for (const [name, values] of fields)
    if (name.endsWith('-bin'))
      fields.set(
        name,
        values.flatMap((value) => value.split(',').map((part) => Buffer.from(part.trim(), 'base64').toString('latin1'))),
      );
  const authority = fieldOf(headers, ':authority');
  if (authority !== undefined) {
    fields.set(':authority', [authority]);
    if (!fields.has('host')) fields.set('host', [authority]);
  }
  return fields;
}
