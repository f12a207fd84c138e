import type { ConnectionOptions } from 'node:tls';
import type { CancelSignal } from '../component/cancellation.js';
import type { BuildInfo } from '../component/define.js';
import type { Clock } from '../component/clock.js';
import { shownUrl } from '../component/shown-url.js';
import { PullClient, type PullClientOptions } from '../net/http/pull.js';
import { userAgent } from '../net/user-agent.js';
import { exchange, StatusError, type MetadataReply, type MetadataRequest } from './exchange.js';

/** For a connection to a metadata service, which is on the same machine or its hypervisor, milliseconds. */
const connectMs = 2000;
/** `idle_conn_timeout: 0` is for ever; a day is long enough, milliseconds. */
const longestIdleMs = 86_400_000;

/** The processor's options for all requests. */
export interface ClientsOptions {
  readonly proxyUrl: string;
  readonly http2: boolean;
  /** How long an idle connection is kept, milliseconds; 0 for ever. */
  readonly idleMs: number;
  readonly keepAlive: boolean;
  /** Connections of a host at a time; 0 for no bound. */
  readonly mostConnections: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly tls: (() => ConnectionOptions) | undefined;
  readonly clock: Clock;
  readonly buildInfo: BuildInfo;
  /** Where an origin that is fixed, such as `http://169.254.169.254`, is reached. Default: there. */
  readonly reach?: ((origin: string) => string) | undefined;
}

/** Sends the requests of one detector to one kind of place. */
export interface MetadataClient {
  /** The answer, whatever its status is. */
  ask(request: MetadataRequest, signal: CancelSignal): Promise<MetadataReply>;
  /** The text of an answer with status 200; rejects with a `StatusError` for any other. */
  text(request: MetadataRequest, signal: CancelSignal): Promise<string>;
  /** The same for a service whose answers are single values: any other text, such as a page of HTML, is refused. */
  value(request: MetadataRequest, signal: CancelSignal): Promise<string>;
}

/** The HTTP clients of all detectors of a processor. None connects, or loads anything, before it is asked. */
export class Clients {
  readonly #options: ClientsOptions;
  readonly #open: Set<Promise<PullClient>> = new Set();

  constructor(options: ClientsOptions) {
    this.#options = options;
  }

  /**
   * For the metadata service of this machine. No proxy: that would answer with the metadata of the machine that it runs
   * on.
   */
  direct(): MetadataClient {
    return this.#client({ connectMs });
  }

  /** For a service that is anywhere, with the proxy and, unless it has its own, the TLS of the configuration. */
  remote(tls: (() => ConnectionOptions) | undefined = this.#options.tls): MetadataClient {
    const { proxyUrl, http2 } = this.#options;
    return this.#client({ tls, proxyUrl, proxyFromEnvironment: true, http2 });
  }

  /** For a Unix socket. */
  socket(socketPath: string): MetadataClient {
    return this.#client({ socketPath });
  }

  /** Loads what all clients need: on a busy machine that takes longer than an attempt may. */
  async load(): Promise<void> {
    await import('undici');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map(async (client) => (await client).close()));
  }

  #client(options: Partial<PullClientOptions>): MetadataClient {
    const { headers, clock, buildInfo, reach, idleMs, keepAlive, mostConnections } = this.#options;
    const common = { 'user-agent': userAgent(buildInfo), ...Object.fromEntries(headers) };
    let opened: Promise<PullClient> | undefined;
    const ask = async (request: MetadataRequest, signal: CancelSignal): Promise<MetadataReply> => {
      if (!opened) {
        opened = PullClient.open({
          tls: undefined,
          proxyUrl: '',
          proxyFromEnvironment: false,
          http2: false,
          followRedirects: false,
          idleMs: idleMs > 0 ? idleMs : longestIdleMs,
          keepAlive,
          mostConnections,
          ...options,
        });
        this.#open.add(opened);
      }
      const { origin } = new URL(request.url);
      const at = reach?.(origin) ?? origin;
      const there = at === origin ? request : { ...request, url: at + request.url.slice(origin.length) };
      return exchange(await opened, there, common, signal, clock);
    };
    const text = async (request: MetadataRequest, signal: CancelSignal): Promise<string> => {
      const reply = await ask(request, signal);
      if (reply.status !== 200) throw new StatusError(request, reply.status);
      return reply.text;
    };
    return {
      ask,
      text,
      async value(request, signal) {
        const value = (await text(request, signal)).trim();
        if (!isValue(value)) throw new Error(`the answer to ${shownUrl(request.url)} is no value`);
        return value;
      },
    };
  }
}

/** One line, not empty, without control characters and tags. */
function isValue(text: string): boolean {
  return /^[^\p{Cc}<>]+$/u.test(text);
}
