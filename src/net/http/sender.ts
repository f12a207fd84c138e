import { cancelMessage, unlessCancelled } from '../../component/cancellation.js';
import { sleep } from '../../component/clock.js';
import type { ClientAuthenticator } from '../../component/client-auth.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Host, SendingAddress } from '../../component/lifecycle.js';
import type { Attempt } from '../../component/pusher.js';
import { isOfMessage } from '../../component/schema/header-field.js';
import { shownUrl } from '../../component/shown-url.js';
import { longestRetryMs } from '../../otlp/status/retry-info.js';
import { destinationOf } from '../destination.js';
import { FirstConnection } from '../first-connection.js';
import { refuseMiddlewares, resolveAuth } from '../options/client-common.js';
import type { HttpClientConfig } from '../options/http-client.js';
import type { PushContext } from '../otlp/push-context.js';
import { clientTls } from '../tls/client.js';
import { tlsFault } from '../tls/fault.js';
import { userAgent } from '../user-agent.js';
import { HttpClient, hostAndPort, type HttpReply } from './client.js';
import { watchClientRequests } from './watch-requests.js';

/** Pause before a server that does not listen yet is tried again, milliseconds. */
const redialMs = 50;
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
  readonly #first: FirstConnection;
  #client: HttpClient | undefined;
  #auth: ClientAuthenticator | undefined;
  #watch: ReturnType<typeof watchClientRequests>;

  /** @param fields - header fields of every request; those that the user configured take their place */
  constructor(config: HttpClientConfig, context: PushContext, url: string, fields: Readonly<Record<string, string>>) {
    this.#config = config;
    this.#context = context;
    this.#url = url;
    this.#first = new FirstConnection(context.clock);
    this.#headers = { 'user-agent': userAgent(context.buildInfo), ...fields, 'accept-encoding': 'identity' };
    const { username, password } = URL.canParse(url) ? new URL(url) : { username: '', password: '' };
    if (username !== '')
      this.#headers['authorization'] =
        `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
    for (const [name, value] of config.headers) {
      if (isOfMessage(name, value)) continue;
      // Only the name written exactly so sets the host.
      if (name === 'Host') this.#headers['host'] = value;
      else if (name.toLowerCase() !== 'host') this.#headers[name.toLowerCase()] = value;
    }
  }

  async start(host: Host): Promise<void> {
    const config = this.#config;
    const tls = clientTls(config.tls, this.#context.clock, this.#context.logger, true);
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
    if (this.#auth) headers = withoutMessageFields(await this.#auth.requestHeaders(headers, attempt));
    let reply: HttpReply;
    try {
      reply = await this.#connected(() => client.post(this.#url, headers, body, attempt.signal), attempt);
    } catch (error) {
      watched?.failed((error as Error).message);
      throw this.#unanswered(error, attempt);
    }
    watched?.ended({ status: reply.status, requestBytes: body.length, responseBytes: reply.body.length });
    return reply;
  }

  /** Tries a request again that found nobody listening, while there never was a connection and for a short time. */
  async #connected(post: () => Promise<HttpReply>, { signal }: Attempt): Promise<HttpReply> {
    const { clock } = this.#context;
    this.#first.begin();
    for (;;)
      try {
        const reply = await post();
        this.#first.made();
        return reply;
      } catch (error) {
        const left = this.#first.leftMs;
        if (left <= 0 || signal.aborted || !isRefusedDial(error)) throw error;
        await unlessCancelled(sleep(clock, Math.min(left, redialMs)), signal);
      }
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

/** No server listens there: nothing of the request has left. */
function isRefusedDial(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '');
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
  const cause = tlsFault(error);
  if (cause !== undefined) return cause;
  // Its first byte is not that of a response: an alert of TLS, or HTTP/2.
  if (message.startsWith('Response does not match the HTTP/1.1 protocol'))
    return 'the server does not speak HTTP/1.1: it expects TLS (https://), or its port is that of gRPC (usually 4317)';
  if (code === 'UND_ERR_SOCKET') return 'EOF: the server closed the connection before a response was complete';
  return message === '' ? (code ?? 'unknown error') : message;
}

/** Without those fields that HTTP writes itself, which an extension may have set. */
function withoutMessageFields(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const fields = Object.entries(headers);
  return fields.some(([name, value]) => isOfMessage(name, value))
    ? Object.fromEntries(fields.filter(([name, value]) => !isOfMessage(name, value)))
    : headers;
}
