import { isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { Cancelled, type CancelSignal } from '../../component/cancellation.js';
import { nodeTimeout } from '../../component/clock.js';
import { connectLookup } from '../lookup.js';
import type { HttpClientConfig } from '../options/http-client.js';
import { CertifiedDispatcher } from './certified-dispatcher.js';
import { ReplyReceiver, type ReceivedReply } from './reply.js';

/** A response, and what became of its request. */
export interface HttpReply extends ReceivedReply {
  /** All of the request has left this process, so that its memory is no longer looked at. */
  readonly written: boolean;
}

/** A URL in the two parts that undici sends a request by. */
interface Target {
  readonly url: string;
  readonly origin: string;
  readonly path: string;
}

type Undici = typeof import('undici');

/** Go follows this many redirects. */
const maxRedirections = 10;
/** Largest header of a response, and the trailers of one, bytes: undici refuses more. */
const maxHeader = 65_536;
/** The most for name look-up, TCP and TLS of a connection together, milliseconds. */
const longestConnectMs = 20_000;

/**
 * An HTTP client for one exporter. 307 and 308 are followed, with the body and all fields again, where they lead to the
 * same origin. All other redirects are left to the caller: a GET would deliver nothing, and another origin must learn
 * neither the data nor the credentials (docs/differences.md#redirects).
 */
export class HttpClient {
  readonly #undici: Undici;
  readonly #config: HttpClientConfig;
  readonly #sockets: Set<Socket> = new Set();
  readonly #dispatcher: CertifiedDispatcher;
  /** Where the last request went. */
  #target: Target | undefined;
  #running = 0;
  #idle: (() => void) | undefined;

  private constructor(undici: Undici, config: HttpClientConfig, tls: (() => ConnectionOptions) | undefined) {
    this.#undici = undici;
    this.#config = config;
    this.#dispatcher = new CertifiedDispatcher(tls, (secure) => this.#connections(secure));
    void this.#dispatcher.present;
  }

  /** A client that has opened no connection yet. */
  static async open(config: HttpClientConfig, tls: (() => ConnectionOptions) | undefined): Promise<HttpClient> {
    // Loaded by the first client only: undici takes 20 MiB, which a gateway that exports over gRPC does not need.
    return new HttpClient(await import('undici'), config, tls);
  }

  /**
   * POSTs `body`. Rejects when no response came, and as soon as `signal` is cancelled, in every phase of the exchange.
   * The body is borrowed until then, and longer when it rejects.
   */
  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: CancelSignal,
  ): Promise<HttpReply> {
    this.#running++;
    try {
      return await this.#follow(url, headers, body, signal);
    } finally {
      if (--this.#running === 0) this.#idle?.();
    }
  }

  async #follow(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: CancelSignal,
  ): Promise<HttpReply> {
    // Almost all requests of a client go to one URL.
    if (this.#target?.url !== url) this.#target = targetOf(url);
    let target = this.#target;
    for (let redirections = 0; ; redirections++) {
      const reply = await this.#send(target, headers, body, signal);
      const next = reply.status === 307 || reply.status === 308 ? sameOrigin(reply, target.url) : undefined;
      if (next === undefined || redirections === maxRedirections) return reply;
      target = targetOf(next);
    }
  }

  async #send(
    { origin, path }: Target,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: CancelSignal,
  ): Promise<HttpReply> {
    if (signal.cancelledBy) throw new Cancelled(signal.cancelledBy);
    const reply = await new Promise<ReceivedReply>((resolve, reject) => {
      const receiver = new ReplyReceiver(signal, resolve, reject);
      this.#dispatcher.present.dispatch({ origin, path, method: 'POST', headers, body }, receiver);
    });
    return {
      ...reply,
      // undici does not tell which connection it took, and a proxy's are not known here.
      written: this.#sockets.size > 0 && [...this.#sockets].every((socket) => socket.writableLength === 0),
    };
  }

  #connections(secure: ConnectionOptions | undefined): Dispatcher {
    const { Agent, EnvHttpProxyAgent, ProxyAgent } = this.#undici;
    const config = this.#config;
    // 0 means "for ever" to a Collector's user and "none" to undici; a day is long enough for the former.
    const idle = config.idle_conn_timeout === 0 ? 86_400_000 : config.idle_conn_timeout;
    // An abandoned request keeps its body until its connection stands or fails.
    const connectMs = config.timeout > 0 ? Math.min(longestConnectMs, nodeTimeout(config.timeout)) : longestConnectMs;
    // undici's own type of these options says less than it takes.
    const endpoint = { ...secure, lookup: connectLookup, timeout: connectMs } as buildConnector.BuildOptions;
    const options: Agent.Options = {
      connections: config.max_conns_per_host > 0 ? config.max_conns_per_host : null,
      pipelining: config.disable_keep_alives ? 0 : 1,
      keepAliveTimeout: nodeTimeout(idle),
      keepAliveMaxTimeout: nodeTimeout(idle),
      allowH2: config.force_attempt_http2,
      maxHeaderSize: maxHeader,
      // The delivery chain and `timeout` bound the time; undici's own limits would be a second opinion.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.#connector({ ...endpoint, allowH2: config.force_attempt_http2 }),
    };
    const toProxy = { lookup: connectLookup, timeout: connectMs };
    const proxied = { ...options, requestTls: endpoint, proxyTls: toProxy };
    if (config.proxy_url !== '') return new ProxyAgent({ ...proxied, uri: config.proxy_url });
    return proxyInEnvironment() ? new EnvHttpProxyAgent(proxied) : new Agent(options);
  }

  /** Connects as undici does, and keeps the sockets, also those that are still connecting. */
  #connector(options: buildConnector.BuildOptions): buildConnector.connector {
    const connect = this.#undici.buildConnector(options) as (
      ...given: Parameters<buildConnector.connector>
    ) => Socket | undefined;
    return (to, done) => {
      const socket = connect(to, done);
      if (!socket) return;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    };
  }

  /** Lets running requests end until `deadline` aborts, and cuts off what is left. */
  async close(deadline: AbortSignal): Promise<void> {
    if (this.#running > 0 && !deadline.aborted)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    await this.#dispatcher.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function targetOf(url: string): Target {
  const { origin, pathname, search } = new URL(url);
  return { url, origin, path: pathname + search };
}

/** The address of a redirect that leads to the same scheme, host and port; undefined otherwise. */
function sameOrigin(reply: HttpReply, url: string): string | undefined {
  const location = reply.header('location');
  if (location === undefined || !URL.canParse(location, url)) return undefined;
  const target = new URL(location, url);
  return target.origin === new URL(url).origin ? target.href : undefined;
}

function proxyInEnvironment(): boolean {
  return ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => (process.env[name] ?? '') !== '');
}

/** The host and port of a URL as metric attributes name them. */
export function hostAndPort(url: URL): { host: string; port: number } {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host: isIP(host) === 6 ? host : url.hostname,
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
}
