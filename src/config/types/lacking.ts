import type { Section } from '../components.js';

/** `removed`: only older versions of the Collector have it. `vendor`: only a distribution of a vendor has it. */
export type Absence = 'planned' | 'lacking' | 'removed' | 'vendor';

/** Component types of the Collector that Kanmon does not have, and what to do instead. */
export interface LackingTypes {
  readonly absence: Absence;
  /** The current spellings, separated by spaces; others differ from these in underscores only. */
  readonly types: string;
  /** One sentence, an imperative. */
  readonly instead: string;
}

const before = 'un a Collector with this receiver that exports OTLP to Kanmon.';
const behind = 'xport OTLP with `otlp_grpc` to a Collector that has this exporter.';
const collectorBefore = `R${before}`;
const collectorBehind = `E${behind}`;
const takesOtlp = (backend: string, how: string): string => `${backend} takes OTLP: ${how}.`;
const vendorTakesOtlp = takesOtlp('The vendor', 'export to its OTLP endpoint with `otlp_http`, the key in `headers`');

/**
 * Everything that the Collector (contrib) v0.161 or an older version has in each section and Kanmon does not. A type
 * that a component folder defines is never looked up here, and a test finds entries that have become stale.
 */
export const lackingTypes: Readonly<Record<Section, readonly LackingTypes[]>> = {
  receivers: [
    { absence: 'planned', types: 'kafka', instead: `Until it is there, r${before}` },
    {
      absence: 'lacking',
      types: 'aws_xray datadog faro jaeger libhoney signalfx skywalking zipkin',
      instead: 'Let the applications send OTLP, or run a Collector with this receiver that exports OTLP to Kanmon.',
    },
    { absence: 'removed', types: 'opencensus sapm', instead: 'Let the applications send OTLP.' },
    {
      absence: 'lacking',
      types: 'fluent_forward',
      instead: 'Fluent Bit sends OTLP itself: use its output `opentelemetry`.',
    },
    {
      absence: 'lacking',
      types: 'loki prometheus_remote_write splunk_hec webhook_event wavefront influxdb carbon collectd otel_arrow stef',
      instead: collectorBefore,
    },
    {
      absence: 'lacking',
      types: 'statsd',
      instead: 'Scrape a statsd_exporter with the `prometheus` receiver.',
    },
    {
      absence: 'lacking',
      types:
        'aerospike apache apache_spark couchdb elasticsearch flink_metrics haproxy kafka_metrics memcached mongodb ' +
        'mongodb_atlas mysql nginx oracle_db postgresql rabbitmq redis riak snmp solace sql_server zookeeper',
      instead: 'Scrape its Prometheus exporter with the `prometheus` receiver.',
    },
    {
      absence: 'lacking',
      types: 'docker_stats podman_stats aws_ecs_container_metrics aws_container_insight_receiver',
      instead: 'Scrape cAdvisor with the `prometheus` receiver.',
    },
    {
      absence: 'lacking',
      types: 'http_check icmp_check ssh_check tcp_check tls_check',
      instead: 'Scrape a blackbox_exporter with the `prometheus` receiver.',
    },
    { absence: 'lacking', types: 'prometheus_simple', instead: 'Use the `prometheus` receiver with `static_configs`.' },
    {
      absence: 'lacking',
      types: 'receiver_creator',
      instead: 'Configure the receivers themselves; `prometheus` finds targets by files, over HTTP and in Kubernetes.',
    },
    {
      absence: 'lacking',
      types:
        'active_directory_ds aws_cloudwatch aws_firehose aws_lambda aws_s3 azure_blob azure_event_hub azure_monitor ' +
        'chrony cisco_os cloudflare cloud_foundry envoy_als expvar file_stats github gitlab google_cloud_monitoring ' +
        'google_cloud_pubsub google_cloud_pubsub_push google_cloud_spanner iis macos_unified_logging named_pipe ' +
        'netflow nsxt ntp obi osquery pprof profiling pulsar pure_fa pure_fb sap_hana snowflake splunk_enterprise ' +
        'sql_query systemd vcenter windows_event_log windows_perf_counters windows_service yang_grpc',
      instead: collectorBefore,
    },
    { absence: 'removed', types: 'bigip git_provider jmx', instead: collectorBefore },
    {
      absence: 'removed',
      types: 'prometheus_exec',
      instead: 'Run the exporter itself, and scrape it with the `prometheus` receiver.',
    },
    {
      absence: 'vendor',
      types:
        'akamai_siem discovery elastic_apm_intake elastic_monitoring_receiver filebeat_receiver http_log_receiver ' +
        'light_prometheus metricbeat_receiver scripted_inputs smart_agent splunk_inputs telemetry_api verifier',
      instead: "Run the vendor's Collector with this receiver, and let it export OTLP to Kanmon.",
    },
  ],
  processors: [
    { absence: 'removed', types: 'k8s_tagger', instead: 'It became `k8s_attributes`.' },
    {
      absence: 'removed',
      types: 'queued_retry',
      instead: 'Remove it: exporters have `sending_queue` and `retry_on_failure`.',
    },
    {
      absence: 'removed',
      types: 'span_metrics service_graph routing',
      instead: 'Configure it under `connectors`, which have this type.',
    },
    {
      absence: 'lacking',
      types: 'delta_to_rate metrics_generation experimental_metricsgeneration metric_start_time',
      instead: 'Remove it, and compute this in the backend.',
    },
    {
      absence: 'lacking',
      types: 'log_dedup drain geoip schema unroll gen_ai_normalizer isolation_forest cardinality_guardian remote_tap',
      instead: 'Remove it, or let a Collector that has it receive the data first.',
    },
    { absence: 'lacking', types: 'coralogix sumologic', instead: 'Remove it: the backend takes OTLP without it.' },
    {
      absence: 'lacking',
      types: 'adaptive_tail_sampling dynamic_sampling',
      instead: 'Use `tail_sampling` with `rate_limiting` or `bytes_limiting` policies.',
    },
    { absence: 'lacking', types: 'rolling_span_latency span_pruning', instead: 'Remove it.' },
    {
      absence: 'vendor',
      types:
        'adaptive_telemetry beat decouple elastic_apm elastic_infra_metrics elastic_trace rate_limit ' +
        'signoz_span_metrics signoz_tail_sampling',
      instead: "Remove it: the backend computes this, or the vendor's Collector behind Kanmon does.",
    },
  ],
  exporters: [
    { absence: 'planned', types: 'kafka', instead: `Until it is there, e${behind}` },
    {
      absence: 'lacking',
      types: 'datadog',
      instead: takesOtlp('The Datadog Agent', 'export to it with `otlp_grpc`, port 4317'),
    },
    {
      absence: 'lacking',
      types: 'elasticsearch',
      instead: takesOtlp('Elastic', 'export to its OTLP endpoint or APM Server with `otlp_http`'),
    },
    { absence: 'removed', types: 'elastic', instead: takesOtlp('Elastic', 'export to its OTLP endpoint') },
    {
      absence: 'lacking',
      types: 'signalfx splunk_hec',
      instead:
        'Splunk Observability Cloud takes OTLP: export with `otlp_http`, the token in the header `X-SF-Token`; ' +
        'for Splunk Enterprise export OTLP to a Collector that has this exporter.',
    },
    {
      absence: 'removed',
      types: 'sapm',
      instead: takesOtlp('Splunk Observability Cloud', 'export with `otlp_http`, the token in the header `X-SF-Token`'),
    },
    {
      absence: 'removed',
      types: 'jaeger jaeger_thrift',
      instead: takesOtlp('Jaeger', 'export to its port 4317 with `otlp_grpc`'),
    },
    {
      absence: 'removed',
      types: 'loki',
      instead: takesOtlp('Loki', 'export with `otlp_http` to the endpoint `http://HOST:3100/otlp`'),
    },
    {
      absence: 'removed',
      types: 'dynatrace f5cloud humio instana lightstep mezmo new_relic tanzu_observability',
      instead: vendorTakesOtlp,
    },
    { absence: 'removed', types: 'opencensus skywalking parquet', instead: 'Export OTLP with `otlp_grpc`.' },
    { absence: 'lacking', types: 'otel_arrow stef', instead: 'Export OTLP with `otlp_grpc` and `compression: zstd`.' },
    {
      absence: 'lacking',
      types: 'coralogix dataset logzio logicmonitor mackerel_otlp sentry sumologic bmc_helix tinybird faro',
      instead: vendorTakesOtlp,
    },
    { absence: 'lacking', types: 'honeycomb_marker', instead: 'Set markers over the API of Honeycomb.' },
    {
      absence: 'lacking',
      types: 'google_cloud google_managed_prometheus google_cloud_pubsub google_cloud_storage',
      instead: 'Export OTLP with `otlp_grpc` to a Collector in Google Cloud that has this exporter.',
    },
    {
      absence: 'lacking',
      types: 'aws_xray aws_emf aws_cloudwatch_logs aws_kinesis aws_s3',
      instead: 'Export OTLP with `otlp_grpc` to a Collector of AWS (ADOT), which signs the requests.',
    },
    {
      absence: 'lacking',
      types: 'azure_monitor azure_data_explorer azure_blob',
      instead: 'Export OTLP with `otlp_grpc` to a Collector in Azure that has this exporter.',
    },
    {
      absence: 'vendor',
      types:
        'clickhouse_logs_exporter clickhouse_metrics_write clickhouse_traces jaeger_storage_exporter logstash ' +
        'metadata_exporter signoz_clickhouse_meter signoz_clickhouse_metrics',
      instead: "Export OTLP with `otlp_grpc` to the vendor's Collector.",
    },
    {
      absence: 'lacking',
      types: 'influxdb',
      instead: 'InfluxDB takes Prometheus remote write through Telegraf; or export OTLP to a Collector that has this.',
    },
    {
      absence: 'lacking',
      types:
        'alibabacloud_log_service carbon cassandra clickhouse doris opensearch pulsar rabbitmq syslog ' +
        'tencentcloud_log_service zipkin',
      instead: collectorBehind,
    },
  ],
  connectors: [
    { absence: 'lacking', types: 'datadog', instead: 'Make metrics from spans with `span_metrics`.' },
    {
      absence: 'lacking',
      types: 'exceptions',
      instead: 'Count span events of exceptions with `count`, or make metrics with `signal_to_metrics`.',
    },
    { absence: 'lacking', types: 'sum', instead: 'Use `signal_to_metrics`, which adds values up.' },
    {
      absence: 'lacking',
      types: 'grafana_cloud otlp_json metrics_as_logs slow_sql',
      instead: 'Let a Collector that has it receive the data first.',
    },
    {
      absence: 'vendor',
      types: 'elastic_apm profiling_metrics signoz_meter',
      instead: "Export OTLP to the backend, which computes this, or to the vendor's Collector.",
    },
  ],
  extensions: [
    {
      absence: 'lacking',
      types: 'db_storage redis_storage pebble_tail_storage',
      instead: 'Use `file_storage` in its place, which each `storage` then names.',
    },
    {
      absence: 'lacking',
      types: 'cgroup_runtime',
      instead: 'Remove it: Kanmon reads the limits of its cgroup itself; `KANMON_MEMORY_LIMIT_MIB` sets another.',
    },
    {
      absence: 'lacking',
      types: 'oidc',
      instead: 'Let a proxy in front check the tokens, or use `bearertokenauth` or `basicauth`.',
    },
    {
      absence: 'lacking',
      types: 'sigv4auth aws_proxy aws_iam_db_auth azure_auth google_client_auth asap_client',
      instead: 'Export OTLP to a Collector beside Kanmon that has it; `oauth2client` gets tokens of OAuth 2.',
    },
    {
      absence: 'lacking',
      types: 'docker_observer ecs_observer ecs_task_observer host_observer k8s_observer kafka_topics_observer',
      instead: 'Remove it with `receiver_creator`: `prometheus` finds targets by files, over HTTP and in Kubernetes.',
    },
    { absence: 'lacking', types: 'opamp', instead: 'Remove it: a configuration is replaced by SIGHUP.' },
    {
      absence: 'lacking',
      types: 'jaeger_remote_sampling',
      instead: 'Remove it: applications set their sampler by `OTEL_TRACES_SAMPLER`.',
    },
    { absence: 'lacking', types: 'http_forwarder ack', instead: 'Remove it, and let a proxy do this.' },
    { absence: 'lacking', types: 'datadog sumologic', instead: 'Remove it: it only registers the Collector.' },
    {
      absence: 'lacking',
      types:
        'avro_log_encoding aws_cloudwatch_metric_streams_encoding aws_logs_encoding azure_encoding ' +
        'google_cloud_logentry_encoding jaeger_encoding json_log_encoding otlp_encoding skywalking_encoding ' +
        'text_encoding zipkin_encoding',
      instead: 'Remove it with the component that names it.',
    },
    {
      absence: 'vendor',
      types:
        'api_key_auth aws_credentials_provider config_source_telemetry jaeger_query jaeger_storage smart_agent ' +
        'signoz_health_check solarwinds',
      instead: 'Remove it, or use `bearertokenauth`, `basicauth` or `health_check`.',
    },
    { absence: 'removed', types: 'health_check_v2', instead: 'Use `health_check` with `use_v2: true`.' },
  ],
};
