import type { PartitionKey } from '../component/define.js';
import type { Section } from '../config/components.js';

/** A server that a component opens. */
export interface Server {
  /** The keys above its `endpoint`, which also has `tls` and `auth`. */
  readonly under: readonly string[];
  /** The key of its address; default `endpoint`. */
  readonly key?: string;
  /** Where it listens when the configuration names no address; undefined: it is opened only when one is named. */
  readonly fallback?: string;
  readonly speaks: 'otlp/grpc' | 'otlp/http' | 'other';
  /** It is opened only when its group is written. Default false. */
  readonly optional?: true;
}

/** The traits of a component type that rules need. All are optional: of an unknown type nothing is known. */
export interface Traits {
  /**
   * The data that a receiver collects by itself: of its machine (`host`, and `files` of logs), of the cluster
   * (`cluster`), or of addresses that its configuration names (`targets`).
   */
  readonly collects?: 'host' | 'files' | 'cluster' | 'targets';
  readonly servers?: readonly Server[];
  /** How an exporter sends: to one address, or to one of many that a resolver finds, by a key. */
  readonly sends?: 'otlp/grpc' | 'otlp/http' | 'routed' | 'other';
  /** The protocol of what `sends` over another one: metrics as Prometheus has them, which knows no deltas. */
  readonly speaks?: 'prometheus';
  /** Items that belong together must reach the same instance. A definition's `partitionBy` goes before. */
  readonly needsWhole?: PartitionKey;
  /** It makes metrics of items, so that items which were sampled away are missing in them. */
  readonly counts?: true;
  /** It counts a sampled item for all that it stands for, where the sampler has written its probability. */
  readonly adjusts?: true;
  /** The temporality of the metrics that it makes of others or of items. */
  readonly makes?: 'cumulative' | 'delta';
  /** Leaves items out by chance, or whole traces by what is in them. */
  readonly samples?: 'head' | 'tail';
  /** Items leave it in other requests than they came in: what is known of the sender's connection is lost. */
  readonly regroups?: true;
  /** Collects items into larger requests. */
  readonly batches?: true;
  /** Chooses which items go on, so that two ways through it need not carry the same items. */
  readonly selects?: true;
  /** A table says where each item goes, and what no row wants is dropped unless there are `default_pipelines`. */
  readonly tabulates?: true;
  /** Goes on to the next of its `priority_levels` when one refuses data. */
  readonly switches?: true;
  /** Decides by `policies`. */
  readonly asksPolicies?: true;
  /** Refuses data while memory is short. */
  readonly limits?: true;
  /** Sets attributes of the machine that it runs on. */
  readonly detects?: true;
  /** Looks up the sender by its address. */
  readonly looksUpSender?: true;
  /** Tells the writers of metric streams apart, by what `identify_by` names of a request or its points. */
  readonly namesWriters?: true;
  /** Can set an attribute that tells instances apart. */
  readonly setsAttributes?: true;
  /** Shows the inside of the program on a page. */
  readonly debugs?: true;
  /** Answers probes. */
  readonly answersProbes?: true;
  /** Writes what it gets to the log. */
  readonly prints?: true;
}

const otlpServers: readonly Server[] = [
  { under: ['protocols', 'grpc'], fallback: 'localhost:4317', speaks: 'otlp/grpc', optional: true },
  { under: ['protocols', 'http'], fallback: 'localhost:4318', speaks: 'otlp/http', optional: true },
];
const at = (fallback: string): Traits => ({ servers: [{ under: [], fallback, speaks: 'other' }] });
const protocols = (ports: Readonly<Record<string, number>>): Traits => ({
  servers: Object.entries(ports).map(([name, port]) => ({
    ...{ under: ['protocols', name], fallback: `localhost:${port}`, speaks: 'other', optional: true },
  })),
});
const address = (...under: readonly string[]): Traits => ({
  servers: [{ under, key: 'listen_address', speaks: 'other' }],
});
const host: Traits = { collects: 'host' };
const files: Traits = { collects: 'files' };
const cluster: Traits = { collects: 'cluster' };
const targets: Traits = { collects: 'targets' };
const network: Traits = { sends: 'other' };

/** A row for types that are alike, which are separated by spaces. */
type Row = readonly [types: string, traits: Traits];

const rows: Readonly<Record<Section, readonly Row[]>> = {
  receivers: [
    ['otlp', { servers: otlpServers }],
    ['jaeger', protocols({ grpc: 14_250, thrift_http: 14_268, thrift_compact: 6831, thrift_binary: 6832 })],
    ['zipkin', at('localhost:9411')],
    ['fluent_forward', at('localhost:8006')],
    ['statsd', at('localhost:8125')],
    ['opencensus', at('localhost:55678')],
    ['splunk_hec', at('localhost:8088')],
    ['skywalking', protocols({ grpc: 11_800, http: 12_800 })],
    ['loki', protocols({ grpc: 3600, http: 3500 })],
    ['prometheus_remote_write webhook_event faro datadog', at('localhost:0')],
    ['tcp_log udp_log', address()],
    ['syslog', { servers: [...(address('tcp').servers ?? []), ...(address('udp').servers ?? [])] }],
    ['host_metrics kubelet_stats docker_stats podman_stats aws_ecs_container_metrics', host],
    ['windows_perf_counters windows_service systemd iis active_directory_ds chrony file_stats obi', host],
    ['profiling', host],
    ['file_log otlp_json_file journald windows_event_log macos_unified_logging named_pipe', files],
    ['k8s_cluster k8s_objects k8s_events', cluster],
    ['prometheus prometheus_simple http_check icmp_check tcp_check tls_check ssh_check kafka_metrics', targets],
    ['apache elasticsearch haproxy memcached mongodb mysql nginx oracle_db postgresql rabbitmq redis', targets],
    ['sql_query sql_server zookeeper snmp vcenter riak couchdb flink_metrics aws_cloudwatch azure_monitor', targets],
    ['google_cloud_monitoring cloud_foundry github gitlab snowflake', targets],
  ],
  processors: [
    ['memory_limiter', { limits: true }],
    ['batch', { regroups: true, batches: true }],
    ['tail_sampling', { samples: 'tail', regroups: true, needsWhole: 'trace', asksPolicies: true }],
    ['adaptive_tail_sampling dynamic_sampling', { samples: 'tail', regroups: true, needsWhole: 'trace' }],
    ['probabilistic_sampler', { samples: 'head', selects: true }],
    ['group_by_trace', { regroups: true, needsWhole: 'trace' }],
    ['filter', { selects: true }],
    ['cumulative_to_delta', { needsWhole: 'stream', makes: 'delta' }],
    ['delta_to_cumulative', { needsWhole: 'stream', makes: 'cumulative' }],
    ['interval delta_to_rate metric_start_time', { needsWhole: 'stream' }],
    ['log_dedup', { regroups: true }],
    ['resource_detection', { detects: true, setsAttributes: true }],
    ['k8s_attributes', { looksUpSender: true }],
    ['single_writer', { namesWriters: true }],
    ['resource attributes transform', { setsAttributes: true }],
  ],
  exporters: [
    ['otlp_grpc', { sends: 'otlp/grpc' }],
    ['otlp_http', { sends: 'otlp/http' }],
    ['load_balancing', { sends: 'routed' }],
    ['prometheus_remote_write', { sends: 'other', speaks: 'prometheus' }],
    ['prometheus', { speaks: 'prometheus', servers: [{ under: [], speaks: 'other' }] }],
    ['debug', { prints: true }],
    ['elasticsearch opensearch zipkin clickhouse datadog splunk_hec signalfx loki influxdb kafka', network],
    ['otel_arrow skywalking opencensus syslog sapm logzio coralogix', network],
  ],
  connectors: [
    ['span_metrics', { counts: true, adjusts: true, makes: 'cumulative', needsWhole: 'service' }],
    ['service_graph', { counts: true, makes: 'cumulative', needsWhole: 'trace' }],
    ['count signal_to_metrics sum', { counts: true, makes: 'delta' }],
    ['exceptions', { counts: true, makes: 'cumulative' }],
    ['routing', { selects: true, tabulates: true }],
    ['failover', { selects: true, switches: true }],
    ['round_robin', { selects: true }],
  ],
  extensions: [
    ['memory_limiter', { limits: true }],
    ['health_check health_check_v2', { answersProbes: true, ...at('localhost:13133') }],
    ['zpages', { debugs: true, ...at('localhost:55679') }],
    ['pprof', { debugs: true, ...at('localhost:1777') }],
  ],
};

const byType: ReadonlyMap<string, Traits> = new Map(
  Object.entries(rows).flatMap(([section, list]) =>
    list.flatMap(([types, traits]) => types.split(' ').map((type) => [`${section} ${type}`, traits] as const)),
  ),
);

/** The traits of a type by its current spelling; `whole` is what its definition says must be together. */
export function traitsOf(section: Section, type: string, whole: PartitionKey | undefined): Traits {
  const known = byType.get(`${section} ${type}`) ?? {};
  // A metrics exporter's need, which is for its own workers, concerns no other instance.
  return whole === undefined || section === 'exporters' ? known : { ...known, needsWhole: whole };
}

/** The types of a section that something is known of. */
export function knownTypes(section: Section): string[] {
  return rows[section].flatMap(([types]) => types.split(' '));
}
