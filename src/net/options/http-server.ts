import { headerValue } from '../../component/schema/header-field.js';
import {
  duration,
  flag,
  group,
  int,
  list,
  section,
  text,
  type Schema,
  type Report,
} from '../../component/schema/schema.js';
import { addedHeaders } from './added-headers.js';
import { middlewares, type MiddlewareConfig } from './client-common.js';
import { authenticatorId, listenShape, type ListenConfig, type ServerAuthConfig } from './server-common.js';
import { tlsServer, type TlsServerConfig } from './tls-server.js';

export interface CorsConfig {
  readonly allowed_origins: readonly string[];
  readonly allowed_headers: readonly string[];
  readonly exposed_headers: readonly string[];
  /** Seconds. */
  readonly max_age: number;
}

export interface HttpServerAuthConfig extends ServerAuthConfig {
  readonly request_params: readonly string[];
}

/** Options of an HTTP server (docs/spec/core.md#http-server). Times in milliseconds; 0 sets no limit. */
export interface HttpServerConfig extends ListenConfig {
  readonly tls: TlsServerConfig | undefined;
  readonly cors: CorsConfig | undefined;
  readonly auth: HttpServerAuthConfig | undefined;
  /** Bytes; 0 and below: 20 MiB. */
  readonly max_request_body_size: number;
  readonly include_metadata: boolean;
  readonly response_headers: readonly (readonly [name: string, value: string])[];
  readonly compression_algorithms: readonly string[];
  readonly read_timeout: number;
  readonly read_header_timeout: number;
  readonly write_timeout: number;
  readonly idle_timeout: number;
  readonly keep_alives_enabled: boolean;
  readonly middlewares: readonly MiddlewareConfig[];
}

export const allEncodings: readonly string[] = [
  '',
  'gzip',
  'zstd',
  'zlib',
  'snappy',
  'deflate',
  'lz4',
  'x-snappy-framed',
];

export function httpServerShape(
  endpoint: string,
  listens?: Parameters<typeof listenShape>[1],
): {
  readonly [K in keyof HttpServerConfig]-?: Schema<HttpServerConfig[K]>;
} {
  return {
    ...listenShape(endpoint, listens),
    tls: tlsServer(),
    cors: section<CorsConfig>(
      group<CorsConfig>({
        allowed_origins: list(text(), [], {
          about: 'Origins of browsers that may send; one `*` in each, `*` alone is any.',
        }),
        allowed_headers: list(text('', undefined, headerValue), [], {
          about: 'Headers that they may send; `*` is any.',
        }),
        exposed_headers: list(text('', undefined, headerValue), [], {
          about: 'Headers of responses that they may read.',
        }),
        max_age: int(0, { about: 'How long a preflight may be remembered.', unit: 'seconds' }),
      }),
      { absent: 'off', empty: 'off' },
      { about: 'Lets web pages send.' },
    ),
    auth: section<HttpServerAuthConfig>(
      group<HttpServerAuthConfig>({
        authenticator: authenticatorId(),
        request_params: list(text(), [], { about: 'Query parameters that the extension sees as headers.' }),
      }),
      { absent: 'off', empty: 'off' },
    ),
    max_request_body_size: int(0, {
      about: 'Largest body, on the wire and inflated; 0 means 20971520.',
      unit: 'bytes',
    }),
    include_metadata: flag(false, { about: 'Let processors and exporters see the headers of requests.' }),
    response_headers: addedHeaders({ about: 'Added to every response.' }),
    compression_algorithms: list(text(), allEncodings, {
      about: 'Content encodings that are read; `""` is none. An empty list reads bodies as they are.',
    }),
    read_timeout: duration('0s', { about: 'For a whole request; 0 none.' }),
    read_header_timeout: duration('0s', { about: 'For its headers; 0 means `read_timeout`.' }),
    write_timeout: duration('0s', { about: 'For the response; 0 none.' }),
    idle_timeout: duration('0s', { about: 'How long an idle connection is kept; 0 means `read_timeout`.' }),
    keep_alives_enabled: flag(true, { about: 'Several requests on one connection.' }),
    middlewares: middlewares('server_middleware'),
  };
}

/** Faults that only show when several options are read together. */
export function checkHttpServer(config: HttpServerConfig, report: Report): void {
  for (const name of config.compression_algorithms)
    if (!allEncodings.includes(name))
      report(
        `unsupported compression algorithm ${JSON.stringify(name)}: use ` +
          allEncodings.map((known) => JSON.stringify(known)).join(', '),
        ['compression_algorithms'],
      );
}
