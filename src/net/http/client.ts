import { isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { abortSignal, type CancelSignal } from '../../component/cancellation.js';
import type { HttpClientConfig } from '../options/http-client.js';

/** The response, its body cut at `maxBody`. */
export interface HttpReply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
  /** The body was longer than what is read. */
  readonly truncated: boolean;
  /** All of the request has left this process, so that its memory is no longer looked at. */
  readonly written: boolean;
}

type Undici = typeof import('undici');

/** Go follows this many redirects. */
const maxRedirections = 10;
/** As much of a response is read as the Collector reads, bytes. */
const maxBody = 65_536;

/**
 * An HTTP client for one exporter. Redirects follow Go's rules: 307 and 308 send the body again, 301 to 303 become a
 * GET.
 */
export class HttpClient {
  readonly #undici: Undici;
  readonly #dispatcher: Dispatcher;
  readonly #base: Dispatcher;
  readonly #sockets: Set<Socket> = new Set();

  private constructor(undici: Undici, config: HttpClientConfig, tls: (() => ConnectionOptions) | undefined) {
    this.#undici = undici;
    const { Agent, EnvHttpProxyAgent, interceptors, ProxyAgent } = undici;
    // 0 means "for ever" to a Collector's user and "none" to undici; a day is long enough for the former.
    const idle = config.idle_conn_timeout === 0 ? 86_400_000 : config.idle_conn_timeout;
    const options: Agent.Options = {
      connections: config.max_conns_per_host > 0 ? config.max_conns_per_host : null,
      pipelining: config.disable_keep_alives ? 0 : 1,
      keepAliveTimeout: idle,
      keepAliveMaxTimeout: idle,
      allowH2: config.force_attempt_http2,
      // The delivery chain and `timeout` bound the time; undici's own limits would be a second opinion.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    if (config.proxy_url !== '')
      this.#base = new ProxyAgent({ ...options, uri: config.proxy_url, requestTls: tlsConnect(tls) });
    else if (proxyInEnvironment()) this.#base = new EnvHttpProxyAgent({ ...options, requestTls: tlsConnect(tls) });
    else
      this.#base = new Agent({
        ...options,
        connect: this.#connector({ ...tlsConnect(tls), allowH2: config.force_attempt_http2 }),
      });
    this.#dispatcher = this.#base.compose(interceptors.redirect({ maxRedirections }));
  }

  /** A client that has opened no connection yet. */
  static async open(config: HttpClientConfig, tls: (() => ConnectionOptions) | undefined): Promise<HttpClient> {
    // Loaded by the first client only: undici takes 20 MiB, which a gateway that exports over gRPC does not need.
    return new HttpClient(await import('undici'), config, tls);
  }

  /** POSTs `body`. Rejects when no response came. The body is borrowed until then. */
  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: CancelSignal,
  ): Promise<HttpReply> {
    const response = await this.#undici.request(url, {
      method: 'POST',
      headers,
      body,
      signal: abortSignal(signal),
      dispatcher: this.#dispatcher,
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size - chunk.length < maxBody) chunks.push(chunk.subarray(0, maxBody - (size - chunk.length)));
      if (size > maxBody) break;
    }
    return {
      status: response.statusCode,
      header: (name) => {
        const value = response.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
      body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
      truncated: size > maxBody,
      // undici does not tell which connection it took, and a proxy's are not known here.
      written: this.#sockets.size > 0 && [...this.#sockets].every((socket) => socket.writableLength === 0),
    };
  }

  #connector(options: buildConnector.BuildOptions): buildConnector.connector {
    const connect = this.#undici.buildConnector(options);
    return (to, done) =>
      connect(to, (...result) => {
        const [, socket] = result;
        if (socket) {
          this.#sockets.add(socket);
          socket.once('close', () => this.#sockets.delete(socket));
        }
        done(...result);
      });
  }

  /** Lets running requests end. */
  async close(): Promise<void> {
    await this.#base.close();
  }

  async destroy(): Promise<void> {
    await this.#base.destroy();
  }
}

function tlsConnect(tls: (() => ConnectionOptions) | undefined): buildConnector.BuildOptions {
  // undici's own type of these options says less than it takes.
  return { ...tls?.(), timeout: 20_000 } as buildConnector.BuildOptions;
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
