import { gunzipSync } from 'node:zlib';
import { cancelStatus } from '../../component/cancellation.js';
import { DeliveryError, type GrpcStatus } from '../../component/delivery-error.js';
import type { ClientAuthenticator } from '../../component/client-auth.js';
import type { PushContext } from './push-context.js';
import type { SendingAddress, Host } from '../../component/lifecycle.js';
import type { Attributes } from '../../component/telemetry.js';
import type { Attempt, Pusher } from '../../component/pusher.js';
import type { Batch } from '../../otlp/batch.js';
import { compressor, type Compress, type Compression } from '../compression/compress.js';
import { Channel, NoConnection } from '../grpc/channel.js';
import { prefixOf, messagePrefixSize, readPrefix } from '../grpc/framing.js';
import { metadataFields } from '../grpc/metadata.js';
import { watchClientCalls, type WatchClientCalls } from '../grpc/watch-calls.js';
import { code, codeOfHttp, decodeMessage, isRetryable, statusText } from '../grpc/status.js';
import { timeoutField } from '../grpc/timeout.js';
import { destinationOf } from '../destination.js';
import { parseTarget } from '../grpc/target.js';
import type { Http2Reply } from '../http2/client.js';
import type { FieldList } from '../http2/fields.js';
import { errorCode } from '../http2/frames.js';
import { refuseMiddlewares, resolveAuth } from '../options/client-common.js';
import type { GrpcClientConfig } from '../options/grpc-client.js';
import { clientTls } from '../tls/client.js';
import { userAgent } from '../user-agent.js';
import { readPartialSuccess } from '../../otlp/status/partial-success.js';
import { retryDelayMs } from '../../otlp/status/retry-info.js';
import { decodeStatus } from '../../otlp/status/rpc-status.js';
import { reportPartial } from './partial-success.js';
import { exportMethods } from './services.js';

/** `server.address` and `server.port` of an exporter's metrics. */
export function endpointAttributes(endpoint: string): Attributes {
  const { authority } = parseTarget(endpoint);
  const colon = authority.lastIndexOf(':');
  if (colon < 0 || Number.isNaN(Number(authority.slice(colon + 1)))) return {};
  return {
    'server.address': authority.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    'server.port': Number(authority.slice(colon + 1)),
  };
}

/** Where a client of an endpoint sends to; none for a socket with a path. */
export function grpcDestinations(endpoint: string): readonly SendingAddress[] {
  const { 'server.address': host, 'server.port': port } = endpointAttributes(endpoint);
  return typeof host === 'string' && typeof port === 'number' ? [destinationOf(host, port)] : [];
}

/**
 * Sends batches as OTLP/gRPC to one endpoint: the bytes of the batch leave as they are. Used by every exporter that
 * speaks OTLP/gRPC (docs/spec/core.md#otlp-grpc-exporter). `push` rejects with a `DeliveryError` that carries the
 * backend's status.
 */
export class OtlpGrpcPusher implements Pusher {
  readonly #config: GrpcClientConfig;
  readonly #context: PushContext;
  #channel: Channel | undefined;
  #compress: Compress | undefined;
  /** The encoding of bodies that may leave as they came. */
  #reuses: string | undefined;
  #auth: ClientAuthenticator | undefined;
  #fields: FieldList = [];
  #watch: WatchClientCalls | undefined;

  constructor(config: GrpcClientConfig, context: PushContext) {
    this.#config = config;
    this.#context = context;
  }

  async start(host: Host): Promise<void> {
    const { clock, random, signal, buildInfo, logger } = this.#context;
    const config = this.#config;
    const target = parseTarget(config.endpoint);
    const tls = clientTls(config.tls, clock, logger, target.forceTls);
    this.#auth = resolveAuth(config.auth, host);
    if (this.#auth?.requiresTls === true && !tls)
      throw new Error(
        'grpc: the credentials require transport level security (use grpc.WithTransportCredentials() to set)',
      );
    refuseMiddlewares(config.middlewares, host);
    const encoding = config.compression === '' || config.compression === 'none' ? undefined : config.compression;
    // gRPC's snappy is the framed form, HTTP's the block.
    const name = encoding === 'snappy' ? 'x-snappy-framed' : encoding;
    if (name) this.#compress = await compressor(name as Compression, 0);
    if (config.reuse_compressed) this.#reuses = name;
    this.#fields = [
      ...[
        ':path',
        exportMethods[signal],
        'content-type',
        'application/grpc',
        'te',
        'trailers',
        'grpc-accept-encoding',
        'gzip',
      ],
      ...['user-agent', config.user_agent === '' ? userAgent(buildInfo) : config.user_agent],
      ...(encoding ? ['grpc-encoding', encoding] : []),
      ...metadataFields(config.headers),
    ];
    this.#watch = watchClientCalls(this.#context, endpointAttributes(config.endpoint));
    this.#channel = new Channel({
      target,
      authority: config.authority,
      tls,
      roundRobin: config.balancer_name === 'round_robin',
      waitForReady: config.wait_for_ready,
      keepalive: config.keepalive,
      clock,
      random,
    });
    this.#channel.start();
  }

  async push(batch: Batch, attempt: Attempt): Promise<void> {
    const channel = this.#channel;
    if (!channel) throw new DeliveryError('otlp exporter not started', { class: 'retryable', reason: 'not_started' });
    const { signal, logger, tracer } = this.#context;
    const encodedBody = batch.encodedBody?.encoding === this.#reuses ? batch.encodedBody?.bytes : undefined;
    const compressed = encodedBody ? undefined : await this.#compress?.(batch.bytes);
    const body = encodedBody ?? compressed?.bytes ?? batch.bytes;
    const prefix = prefixOf(body.length, this.#compress !== undefined);
    const watched = this.#watch?.(exportMethods[signal], attempt.span?.context);
    const more = watched?.span && tracer ? tracer.inject(watched.span.context) : {};
    const { status, message, written } = await this.#call(
      channel,
      await this.#fieldsOf(attempt, more),
      [prefix, body],
      attempt,
    );
    // Bytes of an attempt that was given up may still wait in a socket.
    if (!written) batch.pin();
    else compressed?.release();
    watched?.ended(status.code, status.message);
    if (status.code !== code.OK) throw refusal(status);
    if (message.length <= 2) return;
    reportPartial(logger, signal, readPartialSuccess(message), attempt);
  }

  async #fieldsOf(attempt: Attempt, more: Readonly<Record<string, string>>): Promise<FieldList> {
    let fields = this.#fields;
    if (attempt.deadline !== undefined)
      fields = [...fields, 'grpc-timeout', timeoutField(attempt.deadline - this.#context.clock.now())];
    if (this.#auth)
      fields = [...fields, ...metadataFields(Object.entries(await this.#auth.requestHeaders({}, attempt)))];
    for (const name in more) fields = [...fields, name, more[name] as string];
    return fields;
  }

  /** The outcome of one call; `message` is the reply's body after a success. */
  async #call(
    channel: Channel,
    fields: FieldList,
    parts: readonly Uint8Array[],
    attempt: Attempt,
  ): Promise<{ readonly status: GrpcStatus; readonly message: Uint8Array; readonly written: boolean }> {
    const none = new Uint8Array();
    let reply: Http2Reply;
    try {
      reply = await channel.request(fields, parts, attempt.signal);
    } catch (error) {
      if (error instanceof NoConnection)
        return {
          status: { code: code.Unavailable, message: error.message, details: [] },
          message: none,
          written: true,
        };
      throw error;
    }
    const { written } = reply;
    const status = statusOf(reply, attempt);
    if (status.code !== code.OK) return { status, message: none, written };
    const message = unframed(reply.body, reply.fields['grpc-encoding']);
    if (message instanceof Error)
      return { status: { code: code.Internal, message: message.message, details: [] }, message: none, written };
    return { status, message, written };
  }

  sendsTo(): readonly SendingAddress[] {
    return grpcDestinations(this.#config.endpoint);
  }

  shutdown(deadline: AbortSignal): void {
    if (deadline.aborted) this.#channel?.destroy();
    else this.#channel?.close();
  }
}

function refusal(status: GrpcStatus): DeliveryError {
  const retryable = isRetryable(status);
  const text = statusText(status);
  const delay = retryDelayMs(status.details);
  // The message names a delay only when the backend asked for one, as the Collector's does.
  const throttled = retryable && delay !== undefined && delay > 0;
  return new DeliveryError(
    retryable ? (throttled ? `Throttle (${delay / 1000}s), error: ${text}` : text) : `Permanent error: ${text}`,
    {
      class: retryable ? 'retryable' : 'permanent',
      reason: status.code === code.DeadlineExceeded ? 'deadline_exceeded' : 'backend_refused',
      status,
      retryAfterMs: throttled ? delay : undefined,
    },
  );
}

/** Which gRPC status an HTTP/2 exchange amounts to. */
function statusOf(reply: Http2Reply, attempt: Attempt): GrpcStatus {
  const plain = (number: number, message: string): GrpcStatus => ({ code: number, message, details: [] });
  const { fault, fields, reset } = reply;
  const given = fields['grpc-status'];
  if (given !== undefined && reply.status === 200 && fault?.kind !== 'too_large') {
    const details = fields['grpc-status-details-bin'];
    const decoded = details === undefined ? undefined : decodeStatus(Buffer.from(details, 'base64'));
    const number = /^\d+$/.test(given) ? Number(given) : code.Unknown;
    return { code: number, message: decodeMessage(fields['grpc-message'] ?? ''), details: decoded?.details ?? [] };
  }
  if (fault) {
    switch (fault.kind) {
      case 'aborted':
        return cancelStatus(attempt.signal.cancelledBy ?? 'sender');
      case 'too_large':
        return plain(code.ResourceExhausted, `grpc: received message larger than max (over ${fault.limit} bytes)`);
      case 'fields_too_large':
        return plain(
          code.Internal,
          `header list size to send violates the maximum size (${fault.limit} bytes) set by server`,
        );
      case 'connection':
        return plain(code.Unavailable, fault.message);
    }
  }
  if (reset !== undefined && reply.status === 0)
    return plain(codeOfReset(reset), `stream terminated by RST_STREAM with error code: ${resetName(reset)}`);
  if (reply.status !== 200)
    return plain(
      reply.status === 400 ? code.Internal : reply.status === 429 ? code.Unavailable : codeOfHttp(reply.status),
      `unexpected HTTP status code received from server: ${reply.status}`,
    );
  const type = fields['content-type'] ?? '';
  if (!type.startsWith('application/grpc'))
    return plain(code.Unknown, `malformed header: received unexpected content-type ${JSON.stringify(type)}`);
  if (reset !== undefined)
    return plain(codeOfReset(reset), `stream terminated by RST_STREAM with error code: ${resetName(reset)}`);
  return plain(code.Internal, 'server closed the stream without sending trailers');
}

function codeOfReset(reset: number): number {
  switch (reset) {
    case errorCode.refusedStream:
      return code.Unavailable;
    case errorCode.cancel:
      return code.Canceled;
    case errorCode.enhanceYourCalm:
      return code.ResourceExhausted;
    case errorCode.inadequateSecurity:
      return code.PermissionDenied;
    default:
      return code.Internal;
  }
}

const resetNames = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

function resetName(reset: number): string {
  return resetNames[reset] ?? `unknown (${reset})`;
}

/** The message of a unary response without its five-byte prefix. */
function unframed(body: Uint8Array, encoding: string | undefined): Uint8Array | Error {
  if (body.length < messagePrefixSize) return new Error('EOF');
  const { flag, length } = readPrefix(body);
  if (body.length < messagePrefixSize + length) return new Error('unexpected EOF');
  const message = body.subarray(messagePrefixSize, messagePrefixSize + length);
  if (flag === 0) return message;
  if (encoding !== 'gzip')
    return new Error(`grpc: compressed flag set with ${encoding ?? 'identity or empty'} encoding`);
  try {
    return gunzipSync(message, { maxOutputLength: 4 << 20 });
  } catch (error) {
    return new Error(`grpc: failed to decompress the received message: ${(error as Error).message}`);
  }
}
