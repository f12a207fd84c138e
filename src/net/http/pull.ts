import type { ConnectionOptions } from 'node:tls';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { abortSignal, cancelMessage, unlessCancelled, type CancelSignal } from '../../component/cancellation.js';
import { nodeTimeout } from '../../component/clock.js';
import { mostInterimAnswers } from '../interim-answers.js';
import { connectLookup } from '../lookup.js';
import { CertifiedDispatcher } from './certified-dispatcher.js';

export interface PullClientOptions {
  readonly tls: (() => ConnectionOptions) | undefined;
  /** '' for none. */
  readonly proxyUrl: string;
  /** Take the proxy from the environment. */
  readonly proxyFromEnvironment: boolean;
  readonly http2: boolean;
  readonly followRedirects: boolean;
  /** A Unix socket in place of TCP; the URL then only names the host. Default none. */
  readonly socketPath?: string | undefined;
  /** For name look-up, TCP and TLS of a connection together, milliseconds. Default 20 s. */
  readonly connectMs?: number | undefined;
  /** How long an idle connection is kept, milliseconds. Default 5 min: targets are scraped more often than that. */
  readonly idleMs?: number | undefined;
  /** Use a connection for more than one request. Default true. */
  readonly keepAlive?: boolean | undefined;
  /** Connections of a host at a time; 0, the default, for no bound. */
  readonly mostConnections?: number | undefined;
}

/** The method and the body of a request that is no plain GET. */
export interface PullQuestion {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST';
  readonly body?: string | undefined;
}

/** A response whose body has not been read. */
export interface PullReply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** A loop that is left early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Does without the body. */
  readonly discard: () => Promise<void>;
}

/** A header of a request. Only the first origin learns those that are secret. */
export interface PullHeaders {
  readonly open: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
}

type Undici = typeof import('undici');

/** Go follows this many redirects. */
const mostRedirects = 10;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const mostHeader = 65_536;
/** Bytes of a body that nobody wants. */
const mostDiscarded = 65_536;
const longestConnectMs = 20_000;
const longestIdleMs = 300_000;
const plainGet: PullQuestion = { method: 'GET' };

/** An HTTP client that fetches: bodies come in pieces, as long as the caller reads them. */
export class PullClient {
  readonly #undici: Undici;
  readonly #options: PullClientOptions;
  readonly #dispatcher: CertifiedDispatcher;

  private constructor(undici: Undici, options: PullClientOptions) {
    this.#undici = undici;
    this.#options = options;
    this.#dispatcher = new CertifiedDispatcher(options.tls, (secure) => this.#connections(secure));
  }

  /** A client that has opened no connection yet. */
  static async open(options: PullClientOptions): Promise<PullClient> {
    return new PullClient(await import('undici'), options);
  }

  /** GETs `url`. Rejects when no response came, or `signal` is cancelled, while the body is read as well. */
  get(url: string, headers: PullHeaders, signal: CancelSignal): Promise<PullReply> {
    return this.ask(url, plainGet, headers, signal);
  }

  /** The same with another method. Redirects of a POST or PUT are not followed. */
  async ask(url: string, question: PullQuestion, headers: PullHeaders, signal: CancelSignal): Promise<PullReply> {
    const abort = abortSignal(signal);
    const follows = this.#options.followRedirects && (question.method === 'GET' || question.method === 'HEAD');
    const origin = new URL(url).origin;
    let target = url;
    for (let followed = 0; ; followed++) {
      const own = new URL(target).origin === origin ? { ...headers.open, ...headers.secret } : headers.open;
      const response = await unlessCancelled(this.#request(target, question, own, abort), signal);
      const { statusCode: status } = response;
      const location = response.headers['location'];
      const next =
        typeof location === 'string' && URL.canParse(location, target) ? new URL(location, target) : undefined;
      if (follows && next && redirects.has(status) && /^https?:$/.test(next.protocol)) {
        await discard(response, signal);
        if (followed === mostRedirects) throw new Error(`stopped after ${mostRedirects} redirects`);
        target = next.href;
        continue;
      }
      return {
        status,
        header: (name) => {
          const value = response.headers[name];
          return Array.isArray(value) ? value[0] : value;
        },
        body: cancellable(response.body as AsyncIterable<Uint8Array>, signal),
        discard: () => discard(response, signal),
      };
    }
  }

  /** Cuts off what is under way. */
  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }

  #request(
    url: string,
    { method, body }: PullQuestion,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    let interim = 0;
    return this.#undici.request(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      signal,
      dispatcher: this.#dispatcher.present,
      // A throw ends the request and its connection.
      onInfo: () => {
        if (++interim > mostInterimAnswers) throw new Error(`more than ${mostInterimAnswers} interim responses`);
      },
    });
  }

  #connections(secure: ConnectionOptions | undefined): Dispatcher {
    const { Agent, EnvHttpProxyAgent, ProxyAgent, buildConnector } = this.#undici;
    const { http2, proxyUrl, proxyFromEnvironment, socketPath } = this.#options;
    const {
      connectMs = longestConnectMs,
      idleMs = longestIdleMs,
      keepAlive = true,
      mostConnections = 0,
    } = this.#options;
    // undici's own type of these options says less than it takes.
    const endpoint = { ...secure, lookup: connectLookup, timeout: connectMs } as buildConnector.BuildOptions;
    const options: Agent.Options = {
      connections: mostConnections > 0 ? mostConnections : null,
      pipelining: keepAlive ? 1 : 0,
      keepAliveTimeout: nodeTimeout(idleMs),
      keepAliveMaxTimeout: nodeTimeout(idleMs),
      allowH2: http2,
      maxHeaderSize: mostHeader,
      // The caller's signal bounds the time.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: buildConnector({ ...endpoint, allowH2: http2, ...(socketPath !== undefined && { socketPath }) }),
    };
    const toProxy = { lookup: connectLookup, timeout: connectMs };
    const proxied = { ...options, requestTls: endpoint, proxyTls: toProxy };
    if (proxyUrl !== '') return new ProxyAgent({ ...proxied, uri: proxyUrl });
    return proxyFromEnvironment ? new EnvHttpProxyAgent(proxied) : new Agent(options);
  }
}

/** A short body is read, so that its connection can serve again; a long one costs its connection. */
async function discard({ body }: Dispatcher.ResponseData, signal: CancelSignal): Promise<void> {
  await unlessCancelled(body.dump({ limit: mostDiscarded }), signal);
}

async function* cancellable(body: AsyncIterable<Uint8Array>, signal: CancelSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    // The abort of a stream says less than why it was aborted.
    if (signal.aborted) throw new Error(cancelMessage(signal.cancelledBy ?? 'sender'), { cause: error });
    throw error;
  }
}
