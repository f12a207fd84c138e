import { Cancellation } from '../../component/cancellation.js';
import { offered } from '../../component/capability.js';
import { abortAfter, sleep, type Clock, type Random } from '../../component/clock.js';
import type { BuildInfo } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Host } from '../../component/lifecycle.js';
import type { Pusher } from '../../component/pusher.js';
import { group } from '../../component/schema/schema.js';
import { shownNoUrl } from '../../component/shown-url.js';
import type { Logger } from '../../component/telemetry.js';
import { checkGrpcClient, grpcClientShape, type GrpcClientConfig } from '../../net/options/grpc-client.js';
import { httpClientShape, type HttpClientConfig } from '../../net/options/http-client.js';
import { OtlpGrpcPusher } from '../../net/otlp/grpc-exporter.js';
import { OtlpHttpPusher } from '../../net/otlp/http-exporter.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { listedHeaders, type Destination, type OtlpDestination } from '../config/destination.js';
import type { OutputWriter } from '../output/output.js';
import { standardOutput } from '../output/standard.js';
import { silentMeter } from '../silent.js';

/** The environment of a destination. Its log must not be sent to the destination itself. */
export interface PushParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly buildInfo: BuildInfo;
}

/** A destination of one signal of the program's own telemetry. */
export interface Sink {
  /** Sends a batch, which is the sink's from then on. Rejects when it could not be delivered within `timeoutMs`. */
  send(batch: Batch, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

const protocols = ['grpc', 'http/protobuf'];
/** Own telemetry uses no extensions. */
const noHost: Host = {
  capability: (capability, id) => offered(capability, id, undefined),
  report: () => {},
  addPage: () => () => {},
  inspect: () => {
    throw new Error('nothing to inspect');
  },
};
/** Pauses between attempts, milliseconds: the first, and the longest. */
const firstPause = 1000;
const longestPause = 30_000;
/** How long a destination may take to close, milliseconds. */
const closeWithinMs = 1000;

/** Opens a destination. Rejects when it cannot work: an unknown protocol, a certificate that cannot be read. */
export async function openSink(destination: Destination, signal: Signal, parts: PushParts): Promise<Sink> {
  if (!destination.otlp) return consoleSink;
  const config = destination.otlp;
  if (!protocols.includes(config.protocol))
    throw new Error(
      config.protocol === ''
        ? `no valid ${names[signal]} exporter`
        : `unsupported protocol ${JSON.stringify(config.protocol)}`,
    );
  if (!['', 'gzip', 'none'].includes(config.compression))
    throw new Error(`unsupported compression ${JSON.stringify(config.compression)}`);
  const pusher = config.protocol === 'grpc' ? grpcPusher(config, signal, parts) : httpPusher(config, signal, parts);
  await pusher.start?.(noHost);
  return new OtlpSink(pusher, config.timeout, parts);
}

const names: Readonly<Record<Signal, string>> = { traces: 'span', metrics: 'metric', logs: 'log', profiles: 'profile' };

const consoleWriter: OutputWriter = {
  lostText: (count) => `${JSON.stringify({ lost: count })}\n`,
  failed: () => {},
};
const consoleSink: Sink = {
  send({ signal, bytes }) {
    standardOutput('stdout').write(`${jsonText(signal, bytes)}\n`, consoleWriter);
    return Promise.resolve();
  },
  close: () => Promise.resolve(),
};

class OtlpSink implements Sink {
  readonly #pusher: Pusher;
  readonly #attemptMs: number;
  readonly #parts: PushParts;
  readonly #closing: AbortController = new AbortController();

  constructor(pusher: Pusher, attemptMs: number, parts: PushParts) {
    this.#pusher = pusher;
    this.#attemptMs = attemptMs;
    this.#parts = parts;
  }

  async send(batch: Batch, timeoutMs: number): Promise<void> {
    const { clock, random } = this.#parts;
    const end = clock.now() + timeoutMs;
    for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
      try {
        const left = Math.max(1, Math.ceil(Math.min(this.#attemptMs, end - clock.now())));
        const deadline = clock.now() + left;
        await this.#pusher.push(batch, { signal: Cancellation.timeout(clock, left), deadline, metadata: new Map() });
        return;
      } catch (error) {
        const again =
          error instanceof DeliveryError && error.class === 'retryable'
            ? (error.retryAfterMs ?? pause * (0.5 + random()))
            : -1;
        if (again < 0 || clock.now() + again > end || this.#closing.signal.aborted) throw error;
        await sleep(clock, again, this.#closing.signal);
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pusher.shutdown?.(abortAfter(this.#parts.clock, closeWithinMs));
  }
}

function grpcPusher(config: OtlpDestination, signal: Signal, parts: PushParts): Pusher {
  const schema = group<GrpcClientConfig>(grpcClientShape(''), checkGrpcClient);
  const secure = config.endpoint.startsWith('https://') || (!config.endpoint.startsWith('http://') && !config.insecure);
  const settings = schema.parse({
    endpoint: withoutPath(config.endpoint),
    compression: config.compression === '' ? 'none' : config.compression,
    headers: headersOf(config),
    tls: tlsOf(config, secure),
  });
  return new OtlpGrpcPusher(settings, contextOf(signal, parts));
}

function httpPusher(config: OtlpDestination, signal: Signal, parts: PushParts): Pusher {
  const schema = group<HttpClientConfig>(httpClientShape());
  const given = /^[a-z]+:\/\//i.test(config.endpoint)
    ? config.endpoint
    : `${config.insecure ? 'http' : 'https'}://${config.endpoint}`;
  if (!URL.canParse(given)) throw new Error(`invalid endpoint ${JSON.stringify(shownNoUrl(config.endpoint))}`);
  const url = new URL(given);
  if (url.pathname === '/') url.pathname = `/v1/${signal}`;
  const settings = schema.parse({
    endpoint: given,
    compression: config.compression === '' ? 'none' : config.compression,
    headers: headersOf(config),
    tls: tlsOf(config, url.protocol === 'https:'),
  });
  return new OtlpHttpPusher({ ...settings, encoding: 'proto' }, contextOf(signal, parts), url.toString());
}

function contextOf(signal: Signal, parts: PushParts): ConstructorParameters<typeof OtlpGrpcPusher>[1] {
  return { signal, meter: silentMeter, ...parts };
}

function tlsOf(config: OtlpDestination, secure: boolean): object {
  if (!secure) return { insecure: true };
  return { ca_file: config.certificate, cert_file: config.client_certificate, key_file: config.client_key };
}

function headersOf({ headers, headers_list }: OtlpDestination): Record<string, string> {
  return { ...Object.fromEntries(listedHeaders(headers_list)), ...Object.fromEntries(headers) };
}

/** The path of a gRPC request is its method, so a path in the endpoint is ignored. */
function withoutPath(endpoint: string): string {
  return endpoint.replace(/^(https?:\/\/[^/]+)\/.*$/, '$1');
}
