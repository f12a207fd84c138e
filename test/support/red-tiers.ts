import { freePorts, startProgram, type Program } from './program.js';
import { Prometheus } from './prometheus.js';
import { bounds } from './red-traffic.js';

/** Two tiers, and two Prometheus servers: one is written to by the second tier, the other one scrapes it. */
export class RedTiers {
  readonly written: Prometheus;
  readonly scraping: Prometheus;
  /** OTLP over HTTP of the first tier. */
  readonly port: number;
  readonly instances: Program[];
  /** Pages of the instances, `host:port`. */
  readonly pages: readonly string[];
  /** File of each instance's metrics, as OTLP/JSON. */
  readonly files: readonly string[];
  readonly #first: Program;
  readonly #configurations: readonly string[];
  readonly #args: readonly string[];

  private constructor(parts: {
    written: Prometheus;
    scraping: Prometheus;
    port: number;
    instances: Program[];
    pages: readonly string[];
    files: readonly string[];
    first: Program;
    configurations: readonly string[];
    args: readonly string[];
  }) {
    this.written = parts.written;
    this.scraping = parts.scraping;
    this.port = parts.port;
    this.instances = parts.instances;
    this.pages = parts.pages;
    this.files = parts.files;
    this.#first = parts.first;
    this.#configurations = parts.configurations;
    this.#args = parts.args;
  }

  /** @param routing - the `routing_key` of the first tier */
  static async start(routing: 'service' | 'traceID', workers: number, folder: string): Promise<RedTiers> {
    const count = 3;
    const [port = 0, ...others] = await freePorts(1 + 2 * count);
    const otlp = others.slice(0, count);
    const pages = others.slice(count).map((page) => `127.0.0.1:${page}`);
    const files = otlp.map((_, i) => `${folder}/metrics-${i}.json`);
    const written = await Prometheus.start();
    const scraping = await Prometheus.start(`
global: {scrape_interval: 500ms}
scrape_configs:
- job_name: span-metrics
  honor_labels: true
  static_configs: [{targets: ${JSON.stringify(pages)}}]
`);
    const args = workers > 1 ? ['--workers', String(workers)] : [];
    const configurations = otlp.map((own, i) => secondTier(own, pages[i]!, written.writeUrl, files[i]!));
    const instances = await Promise.all(configurations.map((yaml) => startProgram(yaml, { args })));
    const first = await startProgram(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}
exporters:
  load_balancing:
    routing_key: ${routing}
    protocol: {otlp: {tls: {insecure: true}, retry_on_failure: {initial_interval: 100ms, max_interval: 500ms}}}
    resolver: {static: {hostnames: ${JSON.stringify(otlp.map((own) => `127.0.0.1:${own}`))}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [load_balancing]}}
`);
    return new RedTiers({ written, scraping, port, instances, pages, files, first, configurations, args });
  }

  /** Stops an instance in order, and starts it again. */
  async restart(i: number): Promise<void> {
    await this.instances[i]!.stop();
    this.instances[i] = await startProgram(this.#configurations[i]!, { args: this.#args });
  }

  async stop(): Promise<void> {
    await this.#first.stop();
    await Promise.all(this.instances.map((instance) => instance.stop()));
    await Promise.all([this.written.stop(), this.scraping.stop()]);
  }
}

function secondTier(otlp: number, page: string, writeUrl: string, file: string): string {
  return `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${otlp}"}}}}
connectors:
  span_metrics:
    metrics_flush_interval: 1s
    exclude_dimensions: [collector.instance.id]
    histogram: {explicit: {buckets: [${bounds.map((bound) => `${bound}ms`).join(', ')}]}}
exporters:
  prometheus_remote_write: {endpoint: "${writeUrl}"}
  prometheus: {endpoint: "${page}"}
  file: {path: ${file}, append: true, flush_interval: 200ms}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [span_metrics]}
    metrics: {receivers: [span_metrics], exporters: [prometheus_remote_write, prometheus, file]}
`;
}
