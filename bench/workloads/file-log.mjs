import { grpcTo } from '../lib/config.mjs';

const live = { rate: 100_000, lineBytes: 512, form: 'raw', files: 1 };

const operators = {
  raw: [],
  regex: [
    {
      type: 'regex_parser',
      regex: '^(?P<n>\\d+) (?P<time>\\S+) (?P<level>[A-Z]+) \\[(?P<thread>[^\\]]*)\\] (?P<message>.*)$',
      timestamp: { parse_from: 'attributes.time', layout: '%Y-%m-%dT%H:%M:%S.%LZ' },
      severity: { parse_from: 'attributes.level' },
    },
  ],
  json: [
    {
      type: 'json_parser',
      timestamp: { parse_from: 'attributes.time', layout: '%Y-%m-%dT%H:%M:%S.%LZ' },
      severity: { parse_from: 'attributes.level' },
    },
  ],
  container: [{ type: 'container' }],
};

/**
 * The cost of a line from a file to an OTLP request: as it is, through a regular expression, as JSON, and as a
 * container runtime writes it; files are rotated by renaming. Then files in which nothing happens, and a backlog.
 * Requests are compressed in one row alone, as an exporter does by default: the cost of gzip depends on the text.
 */
export const workload = {
  name: 'file-log',
  config: ({ variant, logs, sink, metricsPort }) => ({
    receivers: {
      file_log: {
        include: [`${logs}/**/*.log`],
        start_at: 'beginning',
        include_file_path: true,
        operators: operators[variant.form ?? 'raw'],
        // For other collectors, which drop what is refused otherwise.
        retry_on_failure: { enabled: true },
      },
    },
    exporters: { otlp_grpc: grpcTo(sink, variant.compression ?? 'none') },
    service: {
      telemetry: {
        logs: { level: 'warn' },
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: metricsPort } } } }] },
      },
      pipelines: { logs: { receivers: ['file_log'], exporters: ['otlp_grpc'] } },
    },
  }),
  lines: {
    variants: [
      { ...live, what: 'raw, 1 file, 512 bytes', quick: true },
      { ...live, what: 'raw, 1 file, 200 bytes', lineBytes: 200 },
      { ...live, what: 'raw, 50 files, 512 bytes', files: 50 },
      { ...live, what: 'raw, 1 file, 512 bytes, gzip, which an exporter has by default', compression: 'gzip' },
      { ...live, what: 'regex, 1 file, 200 bytes', form: 'regex', lineBytes: 200, rate: 50_000 },
      { ...live, what: 'json, 1 file, 200 bytes', form: 'json', lineBytes: 200, rate: 50_000 },
      { ...live, what: 'container, 1 file, 200 bytes', form: 'container', lineBytes: 200, rate: 50_000 },
      { what: '1,000 files in which nothing happens', idleFiles: 1000 },
      { what: 'a backlog of 2 million lines of 512 bytes', form: 'raw', lineBytes: 512, backlogLines: 2_097_152 },
    ],
  },
};
