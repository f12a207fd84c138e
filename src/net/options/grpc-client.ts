import {
  duration,
  flag,
  group,
  headers,
  section,
  text,
  type Schema,
  type Report,
} from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { grpcHeaderValue } from '../../component/schema/header-field.js';
import { shownUrl } from '../../component/shown-url.js';
import { targetFault } from '../grpc/target-fault.js';
import { clientAuth, middlewares, type AuthConfig, type MiddlewareConfig } from './client-common.js';
import { tlsClient, type TlsClientConfig } from './tls-client.js';
import { readBufferSize, writeBufferSize } from './without-effect.js';

export interface GrpcKeepalive {
  readonly time: number;
  readonly timeout: number;
  readonly permit_without_stream: boolean;
}

/** Options of a gRPC client (docs/spec/core.md#grpc-client). Times in milliseconds, sizes in bytes. */
export interface GrpcClientConfig {
  readonly endpoint: string;
  readonly compression: string;
  /** Send on the compressed body that an unchanged batch arrived as (Kanmon only; the Collector has no such option). */
  readonly reuse_compressed: boolean;
  readonly tls: TlsClientConfig;
  readonly keepalive: GrpcKeepalive | undefined;
  readonly read_buffer_size: number;
  readonly write_buffer_size: number;
  readonly wait_for_ready: boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly user_agent: string;
  readonly balancer_name: string;
  readonly authority: string;
  readonly auth: AuthConfig | undefined;
  readonly middlewares: readonly MiddlewareConfig[];
}

const compressions = ['', 'none', 'gzip', 'snappy', 'zstd', 'deflate', 'zlib', 'x-snappy-framed', 'lz4'];

/** Those of gRPC; the others are for HTTP only. */
const grpcCompressions: readonly string[] = ['', 'none', 'gzip', 'snappy', 'zstd'];

export function compression(fallback: string): Schema<string> {
  return text(fallback, { about: 'Compression of requests.' }, (value) =>
    compressions.includes(value) ? undefined : `unsupported compression type ${JSON.stringify(value)}`,
  );
}

export function reuseCompressed(): Schema<boolean> {
  return flag(true, {
    about:
      'A batch that nothing changed leaves as the compressed body it came in, when the encodings are the same ' +
      '(Kanmon only; the Collector has no such option).',
  });
}

/** The options of a gRPC client, to stand among those of an exporter; check them with `checkGrpcClient`. */
export function grpcClientShape(endpoint: string): {
  readonly [K in keyof GrpcClientConfig]-?: Schema<GrpcClientConfig[K]>;
} {
  return {
    endpoint: inUse(
      text(endpoint, {
        about: 'Where the backend listens: `host:port`, `https://host:port`, `dns:///host:port` or `unix:///path`.',
      }),
      (value, { report }) => {
        const fault = targetFault(value);
        if (fault) report(fault.message, [], undefined, fault.hint);
      },
    ),
    compression: inUse(compression('gzip'), (value, { report }) => {
      if (!grpcCompressions.includes(value))
        report(
          `unsupported compression type ${JSON.stringify(value)}`,
          [],
          undefined,
          `gRPC has ${grpcCompressions.slice(1).join(', ')}.`,
        );
    }),
    reuse_compressed: reuseCompressed(),
    tls: tlsClient(),
    keepalive: section<GrpcKeepalive>(
      group<GrpcKeepalive>({
        time: duration('10s', { about: 'Ping after this long without anything from the backend, at least 10 s.' }),
        timeout: duration('10s', { about: 'Give the connection up when a ping stays unanswered this long.' }),
        permit_without_stream: flag(false, { about: 'Ping also when nothing is being sent.' }),
      }),
      { absent: 'off' },
    ),
    read_buffer_size: readBufferSize(0),
    write_buffer_size: writeBufferSize(524_288),
    wait_for_ready: flag(false, { about: 'Wait for a connection instead of failing at once while there is none.' }),
    headers: headers({ about: 'Added to every request.' }, 'grpc'),
    user_agent: text('', { about: 'Name of this client.' }, grpcHeaderValue),
    balancer_name: text('round_robin', { about: '`round_robin` over all addresses of the name, or `pick_first`.' }),
    authority: text('', { about: 'Name to ask for instead of the endpoint’s.' }, grpcHeaderValue),
    auth: inUse(clientAuth(), (value, { beside, requiresTls, report }) => {
      if (value && requiresTls(value.authenticator) && isPlain(beside as Pick<GrpcClientConfig, 'endpoint' | 'tls'>))
        report(
          'grpc: the credentials require transport level security (use grpc.WithTransportCredentials() to set)',
          ['authenticator'],
          undefined,
          'Take out `tls::insecure`, or `auth`: without TLS, everybody on the way could read the credentials.',
        );
    }),
    middlewares: middlewares('client_middleware'),
  };
}

/** Whether the connections have no TLS. */
function isPlain({ endpoint, tls }: Pick<GrpcClientConfig, 'endpoint' | 'tls'>): boolean {
  return tls.insecure && tls.ca_file === '' && tls.ca_pem === '' && !endpoint.startsWith('https://');
}

/** Faults that only show when several options are read together. */
export function checkGrpcClient(config: GrpcClientConfig, report: Report): void {
  if (config.endpoint !== '') {
    const fault = endpointFault(config.endpoint);
    if (fault !== undefined) report(fault, ['endpoint'], undefined, schemeAdvice(config.endpoint));
  }
  if (config.balancer_name !== 'round_robin' && config.balancer_name !== 'pick_first')
    report(`invalid balancer_name: ${config.balancer_name}`, ['balancer_name']);
  for (const name of ['read_buffer_size', 'write_buffer_size'] as const)
    if (config[name] < 0) report(`${name} must not be negative: ${config[name]}`, [name]);
}

/** gRPC takes what stands between the second and the third slash for a DNS server that is to be asked. */
const withoutHost = /^(dns|passthrough):\/\/[^/]*\/?$/;

function schemeAdvice(endpoint: string): string | undefined {
  if (!withoutHost.test(endpoint)) return undefined;
  return `A host stands behind three slashes: ${shownUrl(endpoint.replace('://', ':///').replace(/\/$/, ''))}`;
}

function endpointFault(endpoint: string): string | undefined {
  if (endpoint.startsWith('unix://'))
    return endpoint.length > 'unix://'.length ? undefined : 'unix socket path cannot be empty';
  if (withoutHost.test(endpoint)) return `${shownUrl(endpoint)} names a resolver and no host`;
  if (/^[a-z][a-z0-9+.-]*:\/\/\//i.test(endpoint) || /^(dns|passthrough|unix):/.test(endpoint)) return undefined;
  const address = endpoint.replace(/^https?:\/\//, '');
  if (address.includes('@'))
    return `address ${shownUrl(address)}: no user can stand in an address of gRPC: use \`headers\` or \`auth\``;
  const bracketed = /^\[[^\]]*\](.*)$/.exec(address);
  const rest = bracketed ? (bracketed[1] ?? '') : address;
  const colons = rest.split(':').length - 1;
  if (colons === 0) return `address ${shownUrl(address)}: missing port in address`;
  if (colons > 1) return `address ${shownUrl(address)}: too many colons in address`;
  const port = rest.slice(rest.indexOf(':') + 1);
  return /^\d+$/.test(port) && Number(port) <= 65_535 ? undefined : `invalid port ${JSON.stringify(shownUrl(port))}`;
}
