import { cancelMessage } from '../../component/cancellation.js';
import type { ClientAuthenticator } from '../../component/client-auth.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Host, SendingAddress } from '../../component/lifecycle.js';
import type { Attempt } from '../../component/pusher.js';
import { shownNoUrl, shownUrl } from '../../component/shown-url.js';
import { longestRetryMs } from '../../otlp/status/retry-info.js';
import { destinationOf } from '../destination.js';
import { refuseMiddlewares, resolveAuth } from '../options/client-common.js';
import type { HttpClientConfig } from '../options/http-client.js';
import { refuseBufferSizes, refuseWithoutEffect } from '../options/without-effect.js';
import type { PushContext } from '../otlp/push-context.js';
import { clientTls } from '../tls/client.js';
import { userAgent } from '../user-agent.js';
import { HttpClient, hostAndPort, type HttpReply } from './client.js';
import { watchClientRequests } from './watch-requests.js';

/** Characters of a redirect's address that are shown. */
const mostShown = 200;

/**
 * Posts the requests of an exporter to one URL, with the options of every HTTP client: TLS, proxy, headers,
 * authentication, metrics and spans.
 */
export class HttpSender {
  readonly #config: HttpClientConfig;
  readonly #context: PushContext;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #client: HttpClient | undefined;
  #auth: ClientAuthenticator | undefined;
  #watch: ReturnType<typeof watchClientRequests>;

  /** @param fields - header fields of every request; those that the user configured take their place */
  constructor(config: HttpClientConfig, context: PushContext, url: string, fields: Readonly<Record<string, string>>) {
    this.#config = config;
    this.#context = context;
    this.#url = url;
    this.#headers = { 'user-agent': userAgent(context.buildInfo), ...fields, 'accept-encoding': 'identity' };
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
    this.#watch = watchClientRequests(this.#context);
    this.#client = await HttpClient.open(config, tls);
  }

  /**
   * The response, whatever its status. Rejects with a retryable `DeliveryError` when there was none; the body is then
   * still borrowed.
   */
  async post(body: Uint8Array, attempt: Attempt): Promise<HttpReply> {
    const client = this.#client;
    const { tracer } = this.#context;
    if (!client) throw new DeliveryError('exporter not started', { class: 'retryable', reason: 'not_started' });
    const watched = this.#watch?.(this.#url, attempt.span?.context);
    let headers: Readonly<Record<string, string>> = this.#headers;
    if (watched?.span && tracer) headers = { ...headers, ...tracer.inject(watched.span.context) };
    if (this.#auth) headers = await this.#auth.requestHeaders(headers, attempt);
    let reply: HttpReply;
    try {
      reply = await client.post(this.#url, headers, body, attempt.signal);
    } catch (error) {
      watched?.failed((error as Error).message);
      throw this.#unanswered(error, attempt);
    }
    watched?.ended({ status: reply.status, requestBytes: body.length, responseBytes: reply.body.length });
    return reply;
  }

  sendsTo(): readonly SendingAddress[] {
    if (!URL.canParse(this.#url)) return [];
    const { host, port } = hostAndPort(new URL(this.#url));
    return [destinationOf(host.replace(/^\[(.*)\]$/, '$1'), port)];
  }

  async close(deadline: AbortSignal): Promise<void> {
    await this.#client?.close(deadline);
  }

  /** When the backend asked to come back, milliseconds from now, below 0 for the past; undefined: it did not say. */
  retryAfterMs(reply: HttpReply): number | undefined {
    return retryAfterMs(reply.header('retry-after'), this.#context.clock.unixMs());
  }

  /** Words for a redirect: the place that it names, without user and query, which may be secrets. */
  redirection(reply: HttpReply): string {
    const location = reply.header('location');
    if (location === undefined) return '';
    if (!URL.canParse(location, this.#url)) return ', which redirects to something that is no URL';
    const { origin, pathname } = new URL(location, this.#url);
    const place = `${origin}${pathname}`.slice(0, mostShown);
    return `, which redirects to ${place}; set that as the endpoint if it is right`;
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
}

function refuseUnsupported(config: HttpClientConfig): void {
  if (config.cookies !== undefined) throw new Error('cookies is not supported');
  for (const name of ['http2_read_idle_timeout', 'http2_ping_timeout'] as const)
    if (config[name] !== 0) throw new Error(`${name} is not supported`);
  refuseBufferSizes(config);
  refuseWithoutEffect(config, 'max_idle_conns', [100], 'idle_conn_timeout bounds what is idle');
  refuseWithoutEffect(config, 'max_idle_conns_per_host', [0], 'max_conns_per_host bounds all connections of a host');
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
