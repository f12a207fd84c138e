import { isIP } from 'node:net';
import {
  choice,
  duration,
  flag,
  group,
  int,
  list,
  numeral,
  section,
  text,
  type Schema,
} from '../../component/schema/schema.js';
import {
  attemptTimeout,
  retryOnFailure,
  sendingQueue,
  type QueueConfig,
  type RetryConfig,
} from '../../delivery/config.js';
import { isStored } from '../../delivery/stored.js';
import { shownUrl } from '../../component/shown-url.js';
import type { RingVersion } from '../../otlp/keys/ring.js';
import { inUse } from '../../component/schema/in-use.js';
import { resolverFault } from './resolver/resolver-fault.js';
import { routingKeyFault } from './routing-keys.js';
import { checkGrpcClient, grpcClientShape, type GrpcClientConfig } from '../../net/options/grpc-client.js';

/** The options of each backend: those of a whole OTLP/gRPC exporter. */
export interface BackendConfig extends GrpcClientConfig {
  readonly timeout: number;
  readonly retry_on_failure: RetryConfig;
  readonly sending_queue: QueueConfig | undefined;
}

export interface DnsResolverConfig {
  readonly hostname: string;
  readonly port: string;
  readonly servers: readonly string[];
  readonly interval: number;
  readonly timeout: number;
}

export interface K8sResolverConfig {
  readonly service: string;
  readonly ports: readonly number[];
  readonly timeout: number;
  readonly return_hostnames: boolean;
}

/** Options of the exporter (docs/spec/gateway.md#load-balancing-config). Times in milliseconds. */
export interface Config {
  readonly routing_key: string;
  readonly routing_attributes: readonly string[];
  readonly consistent_keys: boolean;
  readonly ring_version: RingVersion;
  readonly protocol: { readonly otlp: BackendConfig };
  readonly resolver: {
    readonly static: { readonly hostnames: readonly string[] } | undefined;
    readonly dns: DnsResolverConfig | undefined;
    readonly k8s: K8sResolverConfig | undefined;
    readonly aws_cloud_map: AwsResolverConfig | undefined;
  };
  readonly timeout: number;
  readonly retry_on_failure: RetryConfig;
  readonly sending_queue: QueueConfig | undefined;
}

export interface AwsResolverConfig {
  readonly namespace: string;
  readonly service_name: string;
  readonly health_status: string;
  readonly interval: number;
  readonly timeout: number;
  /** '' for that of each instance. */
  readonly port: string;
  readonly owner_account: string;
}

const backend: Schema<BackendConfig> = group<BackendConfig>(
  {
    ...grpcClientShape('placeholder:4317'),
    timeout: attemptTimeout('5s'),
    retry_on_failure: retryOnFailure(),
    sending_queue: sendingQueue('on'),
  },
  (value, report) => {
    if (value.endpoint === '') report('requires a non-empty "endpoint"');
    checkGrpcClient(value, report);
  },
);

const off = { absent: 'off' } as const;

/** Names stand in log lines and labels, and gRPC has no user in an address. */
function userFault(value: string): string | undefined {
  return value.includes('@')
    ? `address ${shownUrl(value)}: no user can stand in an address of gRPC: use \`headers\` or \`auth\``
    : undefined;
}

function portFault(value: string): string | undefined {
  if (value === '' || (/^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65_536)) return undefined;
  return `invalid port ${JSON.stringify(value)}: give a number from 1 to 65535`;
}

function serverFault(value: string): string | undefined {
  const address =
    /^\[(.+)\](?::\d{1,5})?$/.exec(value)?.[1] ?? (isIP(value) === 6 ? value : value.replace(/:\d{1,5}$/, ''));
  return isIP(address) === 0
    ? `invalid name server ${JSON.stringify(value)}: give an IP address, with a port if it is not 53`
    : undefined;
}

const resolver: Schema<Config['resolver']> = group<Config['resolver']>({
  static: section(
    group({
      hostnames: list(text('', undefined, userFault), [], {
        about: 'The backends, `host` or `host:port`; without a port 4317.',
      }),
    }),
    off,
    {
      about: 'A fixed list.',
    },
  ),
  dns: section<DnsResolverConfig>(
    group<DnsResolverConfig>({
      hostname: text('', { about: 'Name whose addresses are the backends.' }, userFault),
      port: numeral('', { about: 'Port of all of them, as a number or text; without one 4317.' }, portFault),
      interval: duration('5s', { about: 'Between two questions; 0 means 5 s.' }),
      timeout: duration('1s', { about: 'For one question; 0 means 1 s.' }),
      servers: list(text('', undefined, serverFault), [], {
        about:
          'Name servers to ask, `address` or `address:port`, instead of resolving as the machine does. The ' +
          'Collector has no such option.',
      }),
    }),
    off,
    { about: 'All addresses of a name, A and AAAA.' },
  ),
  k8s: section<K8sResolverConfig>(
    group<K8sResolverConfig>({
      service: text('', {
        about: 'The service: `name`, `name.namespace`, or the full name; without a namespace that of this pod.',
      }),
      ports: list(int(0), [], { about: 'Ports of each endpoint; without one 4317.' }),
      timeout: duration('1m', { about: 'After which the API server ends a watch, which then goes on.' }),
      return_hostnames: flag(false, {
        about: 'Use `hostname.service.namespace` in place of addresses: for a StatefulSet with a headless service.',
      }),
    }),
    off,
    {
      about:
        'The ready endpoints of a Kubernetes service, by its EndpointSlices: with the service account of this pod, ' +
        'elsewhere with the kubeconfig.',
    },
  ),
  aws_cloud_map: section<AwsResolverConfig>(
    group<AwsResolverConfig>({
      namespace: text('', { about: 'Name of the namespace.' }),
      service_name: text('', { about: 'Name of the service whose instances are the backends.' }),
      health_status: choice(['HEALTHY', 'UNHEALTHY', 'ALL', 'HEALTHY_OR_ELSE_ALL'], 'HEALTHY', {
        about: 'Instances that are taken.',
      }),
      interval: duration('30s', { about: 'Between two questions; 0 means 30 s.' }),
      timeout: duration('5s', { about: 'For one question; 0 means 5 s.' }),
      port: numeral('', { about: 'Port of all of them; without one `AWS_INSTANCE_PORT` of each.' }, portFault),
      owner_account: text('', { about: 'The account that owns a namespace which is shared with this one.' }),
    }),
    off,
    { about: 'The instances of a service in AWS Cloud Map.' },
  ),
});

const options: Schema<Config> = group<Config>(
  {
    routing_key: text('', {
      about:
        '`traceID` (traces, logs), `service`, `attributes`, `resource` (logs, metrics), `metric` or `streamID` ' +
        '(metrics); when empty `traceID` for traces, `service` for logs and metrics.',
    }),
    routing_attributes: list(text(), [], { about: 'Attributes to route by with `routing_key: attributes`.' }),
    consistent_keys: flag(false, {
      about:
        'Hash a trace ID, service or attribute alike in all signals, so that they meet at one backend. The ' +
        'Collector does not.',
    }),
    ring_version: int(
      3,
      {
        about:
          'Ring of the Collectors that this one shares a tier with: 1 up to v0.129, 2 up to v0.156, 3 since ' +
          'v0.157. Kanmon only.',
      },
      (value) => ([1, 2, 3].includes(value) ? undefined : `invalid ring_version ${value}: give 1, 2 or 3`),
    ) as Schema<RingVersion>,
    protocol: group({ otlp: backend }),
    resolver,
    timeout: duration('0s', { about: 'For one attempt to deliver all parts; 0 means 5 s.' }, (ms) =>
      ms < 0 ? 'timeout value must be greater than or equal to 0' : undefined,
    ),
    retry_on_failure: retryOnFailure(false, '100ms'),
    sending_queue: sendingQueue('off'),
  },
  (value, report) => {
    const { routing_key: key, routing_attributes: attributes } = value;
    if (key === 'attributes' && attributes.length === 0)
      report('routing_attributes must be specified when routing_key is "attributes"');
    if (key !== 'attributes' && attributes.length > 0)
      report(
        `routing_attributes can only be used when routing_key is "attributes"; got ${JSON.stringify(key)}. Remove ` +
          `routing_attributes or set routing_key to "attributes"`,
      );
  },
);

export const config: Schema<Config> = inUse(options, (value, { report, signals }) => {
  if (isStored(value.protocol.otlp.sending_queue))
    report(
      'a storage for each backend is not supported: data would wait for an address that is gone after the next restart',
      ['protocol', 'otlp', 'sending_queue', 'storage'],
      undefined,
      'Set `storage` in `sending_queue` of the exporter itself: that queue is routed when it is sent.',
    );
  const faults = [resolverFault(value), ...[...signals].map((signal) => routingKeyFault(value.routing_key, signal))];
  const first = [...signals][0] ?? 'traces';
  for (const fault of faults)
    if (fault)
      report(
        `cannot configure loadbalancing ${fault.signal ?? first} exporter: ${fault.message}`,
        fault.path,
        undefined,
        fault.hint,
      );
});
