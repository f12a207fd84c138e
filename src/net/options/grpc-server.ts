import { duration, flag, group, int, section, type Schema, type Report } from '../../component/schema/schema.js';
import { defaultKeepalive, type KeepalivePolicy } from '../http2/keepalive.js';
import { middlewares, type MiddlewareConfig } from './client-common.js';
import { listenShape, serverAuth, type ListenConfig, type ServerAuthConfig } from './server-common.js';
import { tlsServer, type TlsServerConfig } from './tls-server.js';
import { readBufferSize, writeBufferSize } from './without-effect.js';

export interface ServerKeepalive {
  readonly server_parameters: {
    readonly max_connection_idle: number;
    readonly max_connection_age: number;
    readonly max_connection_age_grace: number;
    readonly time: number;
    readonly timeout: number;
  };
  readonly enforcement_policy: { readonly min_time: number; readonly permit_without_stream: boolean };
}

/** Options of a gRPC server (docs/spec/core.md#grpc-server). Times in milliseconds. */
export interface GrpcServerConfig extends ListenConfig {
  readonly tls: TlsServerConfig | undefined;
  /** 0: 4 MiB. */
  readonly max_recv_msg_size_mib: number;
  /** 0: no limit. */
  readonly max_concurrent_streams: number;
  readonly read_buffer_size: number;
  readonly write_buffer_size: number;
  readonly keepalive: ServerKeepalive | undefined;
  readonly auth: ServerAuthConfig | undefined;
  readonly include_metadata: boolean;
  readonly middlewares: readonly MiddlewareConfig[];
}

export function grpcServerShape(endpoint: string): {
  readonly [K in keyof GrpcServerConfig]-?: Schema<GrpcServerConfig[K]>;
} {
  return {
    ...listenShape(endpoint),
    tls: tlsServer(),
    max_recv_msg_size_mib: int(0, { about: 'Largest message, on the wire and inflated; 0 means 4.', unit: 'MiB' }),
    max_concurrent_streams: int(0, { about: 'Requests at a time on one connection; 0 no bound.' }),
    read_buffer_size: readBufferSize(524_288),
    write_buffer_size: writeBufferSize(0),
    keepalive: section<ServerKeepalive>(
      group<ServerKeepalive>({
        server_parameters: group({
          max_connection_idle: duration('0s', { about: 'Ends a connection without requests; 0 never.' }),
          max_connection_age: duration('0s', {
            about:
              'Ends every connection after that, give or take a tenth, so that clients spread over new servers; 0 ' +
              'never.',
          }),
          max_connection_age_grace: duration('0s', { about: 'For running requests after that; 0 without end.' }),
          time: duration('0s', {
            about: 'Asks a client that has been silent for so long whether it is there; 0 means 2h.',
          }),
          timeout: duration('0s', { about: 'For its response; 0 means 20s.' }),
        }),
        enforcement_policy: group({
          min_time: duration('0s', {
            about:
              'The shortest time between pings of a client, which is cut off when it pings more often; 0 means 5m.',
          }),
          permit_without_stream: flag(false, { about: 'Let clients ping while they have no request running.' }),
        }),
      }),
      { absent: 'on', empty: 'on' },
      { about: 'Pings and the life of connections.' },
    ),
    auth: serverAuth(),
    include_metadata: flag(false, { about: 'Let processors and exporters see the metadata of requests.' }),
    middlewares: middlewares('server_middleware'),
  };
}

/** Faults that only show when several options are read together. */
export function checkGrpcServer(config: GrpcServerConfig, report: Report): void {
  for (const name of ['read_buffer_size', 'write_buffer_size'] as const)
    if (config[name] < 0) report(`invalid ${name} value: ${config[name]}`, [name]);
  for (const name of ['max_recv_msg_size_mib', 'max_concurrent_streams'] as const)
    if (config[name] < 0) report(`${name} must not be negative: ${config[name]}`, [name]);
}

/** The keepalive policy that the options describe; zeros mean grpc-go's defaults. */
export function keepalivePolicy(keepalive: ServerKeepalive | undefined): KeepalivePolicy {
  if (!keepalive) return defaultKeepalive;
  const { server_parameters: server, enforcement_policy: enforced } = keepalive;
  const or = (value: number, fallback: number): number => (value > 0 ? value : fallback);
  return {
    idleMs: or(server.max_connection_idle, defaultKeepalive.idleMs),
    ageMs: or(server.max_connection_age, defaultKeepalive.ageMs),
    graceMs: or(server.max_connection_age_grace, defaultKeepalive.graceMs),
    pingAfterMs: or(server.time, defaultKeepalive.pingAfterMs),
    pingTimeoutMs: or(server.timeout, defaultKeepalive.pingTimeoutMs),
    leastPingMs: or(enforced.min_time, defaultKeepalive.leastPingMs),
    pingWithoutStream: enforced.permit_without_stream,
  };
}
