import { constants } from 'node:zlib';
import { duration, flag, group, int, section, text, type Schema, type Report } from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { shownNoUrl } from '../../component/shown-url.js';
import { addedHeaders } from './added-headers.js';
import { clientAuth, middlewares, type AuthConfig, type MiddlewareConfig } from './client-common.js';
import { compression, reuseCompressed } from './grpc-client.js';
import { tlsClient, type TlsClientConfig } from './tls-client.js';
import { readBufferSize, writeBufferSize } from './without-effect.js';

/** Options of an HTTP client (docs/spec/core.md#http-client). Times in milliseconds, sizes in bytes. */
export interface HttpClientConfig {
  readonly endpoint: string;
  readonly proxy_url: string;
  readonly tls: TlsClientConfig;
  readonly read_buffer_size: number;
  readonly write_buffer_size: number;
  readonly timeout: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly auth: AuthConfig | undefined;
  readonly compression: string;
  /** Send on the compressed body that an unchanged batch arrived as (Kanmon only; the Collector has no such option). */
  readonly reuse_compressed: boolean;
  readonly compression_params: { readonly level: number };
  readonly max_idle_conns: number;
  readonly max_idle_conns_per_host: number;
  readonly max_conns_per_host: number;
  readonly idle_conn_timeout: number;
  readonly disable_keep_alives: boolean;
  readonly force_attempt_http2: boolean;
  readonly http2_read_idle_timeout: number;
  readonly http2_ping_timeout: number;
  readonly cookies: object | undefined;
  readonly middlewares: readonly MiddlewareConfig[];
}

export function httpClientShape(): { readonly [K in keyof HttpClientConfig]-?: Schema<HttpClientConfig[K]> } {
  return {
    endpoint: text('', { about: 'Base URL of the backend.' }),
    proxy_url: inUse(
      text('', { about: 'Proxy; when empty HTTP_PROXY, HTTPS_PROXY and NO_PROXY count.' }),
      (value, { report }) => {
        if (value !== '' && !(URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)))
          report(
            `invalid proxy_url ${JSON.stringify(shownNoUrl(value))}: it is not a URL of HTTP`,
            [],
            undefined,
            'Write it with its scheme, such as http://proxy:3128.',
          );
      },
    ),
    tls: tlsClient(),
    read_buffer_size: readBufferSize(0),
    write_buffer_size: writeBufferSize(524_288),
    timeout: duration('30s', { about: 'For one request with its response; 0 none.' }),
    headers: addedHeaders({ about: 'Added to every request; `Host` sets the host.' }),
    auth: clientAuth(),
    compression: compression('gzip'),
    reuse_compressed: reuseCompressed(),
    compression_params: group({
      level: int(0, {
        about:
          'Effort of the compression; 0 means 1 for gzip, zlib and deflate, which our own compressor does, 3 for zstd.',
      }),
    }),
    max_idle_conns: int(100, { about: 'No effect (a warning says so): `idle_conn_timeout` bounds what is idle.' }),
    max_idle_conns_per_host: int(0, { about: 'No effect (a warning says so): use `max_conns_per_host`.' }),
    max_conns_per_host: int(0, { about: 'Connections at a time; 0 no bound.' }),
    idle_conn_timeout: duration('90s', { about: 'How long an idle connection is kept.' }),
    disable_keep_alives: flag(false, { about: 'A new connection for every request.' }),
    force_attempt_http2: flag(true, { about: 'Offer HTTP/2 over TLS.' }),
    http2_read_idle_timeout: duration('0s', { about: 'No effect (a warning says so): Node pings every minute.' }),
    http2_ping_timeout: duration('0s', { about: 'No effect (a warning says so): Node pings every minute.' }),
    cookies: inUse(
      section<object>(group<object>({}), { absent: 'off' }, { about: 'Not supported.' }),
      (_value, { report }) =>
        report('cookies is not supported: no cookie of a backend is kept', [], undefined, 'Remove it.'),
    ),
    middlewares: middlewares('client_middleware'),
  };
}

const levels: Readonly<Record<string, readonly [low: number, high: number]>> = {
  gzip: [-2, constants.Z_BEST_COMPRESSION],
  zlib: [-2, constants.Z_BEST_COMPRESSION],
  deflate: [-2, constants.Z_BEST_COMPRESSION],
  zstd: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** Faults that only show when several options are read together. */
export function checkHttpClient(config: HttpClientConfig, report: Report): void {
  const { level } = config.compression_params;
  const [low, high] = levels[config.compression] ?? [0, 0];
  if (config.compression !== '' && config.compression !== 'none' && (level < low || level > high))
    report(`unsupported parameters {Level:${level}} for compression type ${JSON.stringify(config.compression)}`, [
      'compression_params',
      'level',
    ]);
}
