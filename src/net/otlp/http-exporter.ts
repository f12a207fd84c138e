import { cancelMessage } from '../../component/cancellation.js';
import { DeliveryError, type GrpcStatus } from '../../component/delivery-error.js';
import type { ClientAuthenticator } from '../../component/client-auth.js';
import { jsonBody } from '../../component/json-body.js';
import type { PushContext } from './push-context.js';
import type { SendingAddress, Host } from '../../component/lifecycle.js';
import type { Attempt, Pusher } from '../../component/pusher.js';
import { shownNoUrl, shownUrl } from '../../component/shown-url.js';
import type { Batch } from '../../otlp/batch.js';
import { compressor, type Compress, type Compression } from '../compression/compress.js';
import { decodeStatus } from '../../otlp/status/rpc-status.js';
import { codeOfHttp, statusText } from '../grpc/status.js';
import { destinationOf } from '../destination.js';
import { HttpClient, hostAndPort, type HttpReply } from '../http/client.js';
import { watchClientRequests } from '../http/watch-requests.js';
import { refuseMiddlewares, resolveAuth } from '../options/client-common.js';
import type { HttpClientConfig } from '../options/http-client.js';
import { refuseBufferSizes, refuseWithoutEffect } from '../options/without-effect.js';
import { clientTls } from '../tls/client.js';
import { userAgent } from '../user-agent.js';
import { longestRetryMs } from '../../otlp/status/retry-info.js';
import { readPartialSuccess, type PartialSuccess } from '../../otlp/status/partial-success.js';
import { readPartialSuccessJson, reportPartial } from './partial-success.js';

/** Characters of a redirect's address that are shown. */
const mostShown = 200;
const contentTypes = { proto: 'application/x-protobuf', json: 'application/json' } as const;

/** Options beyond those of every HTTP client. */
export interface OtlpHttpClientConfig extends HttpClientConfig {
  readonly encoding: 'proto' | 'json';
}

/**
 * Sends batches as OTLP/HTTP to one URL (docs/spec/core.md#otlp-http-exporter). `push` rejects with a `DeliveryError`
 * that carries the status which the response amounts to.
 */
export class OtlpHttpPusher implements Pusher {
  readonly #config: OtlpHttpClientConfig;
  readonly #context: PushContext;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #client: HttpClient | undefined;
  #compress: Compress | undefined;
  /** The encoding of bodies that may leave as they came. */
  #reuses: string | undefined;
  #auth: ClientAuthenticator | undefined;
  #watch: ReturnType<typeof watchClientRequests>;

  constructor(config: OtlpHttpClientConfig, context: PushContext, url: string) {
    this.#config = config;
    this.#context = context;
    this.#url = url;
    const encoded = config.compression !== '' && config.compression !== 'none';
    this.#headers = {
      'user-agent': userAgent(context.buildInfo),
      ...(encoded ? { 'content-encoding': config.compression } : {}),
      'content-type': contentTypes[config.encoding],
      'accept-encoding': 'identity',
    };
    const { username, password } = URL.canParse(url) ? new URL(url) : { username: '', password: '' };
    if (username !== '')
      this.#headers['authorization'] =
        `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
    for (const [name, value] of config.headers) {
      // Only the name written exactly so sets the host.
      if (name === 'Host') this.#headers['host'] = value;
      else if (name.toLowerCase() !== 'host') this.#headers[name.toLowerCase()] = value;
    }
  }

  async start(host: Host): Promise<void> {
    const config = this.#config;
    refuseUnsupported(config);
    const tls = clientTls(config.tls, this.#context.clock, this.#context.logger, true);
    if (config.proxy_url !== '' && !URL.canParse(config.proxy_url))
      throw new Error(`invalid proxy_url ${JSON.stringify(shownNoUrl(config.proxy_url))}: it is not a URL`);
    this.#auth = resolveAuth(config.auth, host);
    refuseMiddlewares(config.middlewares, host);
    this.#compress = await compressor(
      (config.compression === '' ? 'none' : config.compression) as Compression,
      config.compression_params.level,
    );
    // An explicit level is always applied.
    if (
      config.reuse_compressed &&
      this.#compress &&
      config.encoding === 'proto' &&
      config.compression_params.level === 0
    )
      this.#reuses = config.compression;
    this.#watch = watchClientRequests(this.#context);
    this.#client = await HttpClient.open(config, tls);
  }

  async push(batch: Batch, attempt: Attempt): Promise<void> {
    const client = this.#client;
    if (!client)
      throw new DeliveryError('otlp_http exporter not started', { class: 'retryable', reason: 'not_started' });
    const { signal, logger, tracer } = this.#context;
    const encodedBody = batch.encodedBody?.encoding === this.#reuses ? batch.encodedBody?.bytes : undefined;
    const plain = this.#config.encoding === 'json' ? await jsonBody(batch) : batch.bytes;
    const compressed = encodedBody ? undefined : await this.#compress?.(plain);
    const body = encodedBody ?? compressed?.bytes ?? plain;
    const watched = this.#watch?.(this.#url, attempt.span?.context);
    let headers: Readonly<Record<string, string>> = this.#headers;
    if (watched?.span && tracer) headers = { ...headers, ...tracer.inject(watched.span.context) };
    if (this.#auth) headers = await this.#auth.requestHeaders(headers, attempt);
    let reply: HttpReply | undefined;
    try {
      reply = await client.post(this.#url, headers, body, attempt.signal);
    } catch (error) {
      watched?.failed((error as Error).message);
      throw this.#unanswered(error, attempt);
    } finally {
      // Bytes of an attempt that was given up may still wait in a socket.
      if (reply?.written !== true) batch.pin();
      else compressed?.release();
    }
    watched?.ended({ status: reply.status, requestBytes: body.length, responseBytes: reply.body.length });
    if (reply.status < 200 || reply.status > 299) throw this.#refusal(reply);
    reportPartial(logger, signal, this.#partial(reply), attempt);
  }

  sendsTo(): readonly SendingAddress[] {
    if (!URL.canParse(this.#url)) return [];
    const { host, port } = hostAndPort(new URL(this.#url));
    return [destinationOf(host.replace(/^\[(.*)\]$/, '$1'), port)];
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    await this.#client?.close(deadline);
  }

  #unanswered(error: unknown, attempt: Attempt): DeliveryError {
    const { cancelledBy } = attempt.signal;
    const fault = cancelledBy ? cancelMessage(cancelledBy) : httpFault(error as Error);
    const message = `failed to make an HTTP request: Post ${JSON.stringify(shownUrl(this.#url))}: ${fault}`;
    // Fields that no request can have: it would fail in the same way for ever.
    if ((error as NodeJS.ErrnoException).code === 'UND_ERR_INVALID_ARG')
      return new DeliveryError(`Permanent error: ${message}`, {
        class: 'permanent',
        reason: 'bad_request',
        cause: error,
      });
    return new DeliveryError(message, {
      class: 'retryable',
      reason: cancelledBy === 'deadline' ? 'deadline_exceeded' : 'connection',
      cause: error,
    });
  }

  #refusal(reply: HttpReply): DeliveryError {
    const body = decodeStatus(reply.body);
    const url = shownUrl(this.#url);
    let message = `error exporting items, request to ${url} responded with HTTP Status Code ${reply.status}`;
    if (reply.body.length > 0 && body && (body.message !== '' || body.details.length > 0))
      message +=
        `, Message=${body.message}, ` +
        `Details=[${body.details.map((detail) => Buffer.from(detail).toString('latin1')).join(' ')}]`;
    if (reply.status >= 300 && reply.status <= 399) message += redirection(reply, this.#url);
    const status: GrpcStatus = { code: codeOfHttp(reply.status), message, details: [] };
    const text = statusText(status);
    if (![429, 502, 503, 504].includes(reply.status))
      return new DeliveryError(`Permanent error: ${text}`, { class: 'permanent', reason: 'backend_refused', status });
    const wait =
      reply.status === 429 || reply.status === 503
        ? retryAfterMs(reply.header('retry-after'), this.#context.clock.unixMs())
        : undefined;
    return new DeliveryError(wait === undefined ? text : `Throttle (${wait / 1000}s), error: ${text}`, {
      class: 'retryable',
      reason: 'backend_refused',
      status,
      retryAfterMs: wait === undefined ? undefined : Math.max(0, wait),
    });
  }

  /**
   * The items that a 2xx response reports as rejected. One that can't be read is a permanent error, as the data may be
   * there; one too large to be about that says nothing.
   */
  #partial(reply: HttpReply): PartialSuccess {
    const type = reply.header('content-type');
    const known = type === contentTypes.proto || type === contentTypes.json;
    if (!known || reply.body.length === 0 || reply.truncated) return { rejected: 0n, message: '' };
    try {
      return type === contentTypes.proto
        ? readPartialSuccess(reply.body)
        : readPartialSuccessJson(new TextDecoder().decode(reply.body));
    } catch (error) {
      const kind = type === contentTypes.proto ? 'protobuf' : 'json';
      throw new DeliveryError(`Permanent error: error parsing ${kind} response: ${(error as Error).message}`, {
        class: 'permanent',
        reason: 'bad_response',
        cause: error,
      });
    }
  }
}

function refuseUnsupported(config: OtlpHttpClientConfig): void {
  if (config.cookies !== undefined) throw new Error('cookies is not supported');
  for (const name of ['http2_read_idle_timeout', 'http2_ping_timeout'] as const)
    if (config[name] !== 0) throw new Error(`${name} is not supported`);
  refuseBufferSizes(config);
  refuseWithoutEffect(config, 'max_idle_conns', [100], 'idle_conn_timeout bounds what is idle');
  refuseWithoutEffect(config, 'max_idle_conns_per_host', [0], 'max_conns_per_host bounds all connections of a host');
}

/** The place that a redirect names, without user and query, which may be secrets. */
function redirection(reply: HttpReply, url: string): string {
  const location = reply.header('location');
  if (location === undefined) return '';
  if (!URL.canParse(location, url)) return ', which redirects to something that is no URL';
  const { origin, pathname } = new URL(location, url);
  return `, which redirects to ${`${origin}${pathname}`.slice(0, mostShown)}; set that as the endpoint if it is right`;
}

function retryAfterMs(field: string | undefined, nowMs: number): number | undefined {
  if (field === undefined) return undefined;
  if (/^[+-]?\d+$/.test(field)) return Math.min(Number(field) * 1000, longestRetryMs);
  const date = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \S+$/.test(field)
    ? Date.parse(field)
    : Number.NaN;
  return Number.isNaN(date) ? undefined : date - nowMs;
}

function httpFault(error: Error): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'UND_ERR_SOCKET') return 'EOF';
  return message === '' ? (code ?? 'unknown error') : message;
}
