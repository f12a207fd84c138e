import fs from 'node:fs';
import http2 from 'node:http2';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

const body = encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]);

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
}

/** Every object under a key of a name, at any depth. */
function under<T>(value: unknown, name: string): T[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === name ? (Array.isArray(inner) ? (inner as T[]) : [inner as T]) : []),
    ...under<T>(inner, name),
  ]);
}

test('own metrics, spans and log lines leave over gRPC and HTTP, and one trace leads to the backend', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-own-'));
  const [httpPort, collectorGrpc, collectorHttp] = (await freePorts(3)) as [number, number, number];
  const heard: (string | undefined)[] = [];
  const backend = http2.createServer();
  backend.on('stream', (stream, headers) => {
    heard.push(headers['traceparent'] as string | undefined);
    stream.resume().on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from([0, 0, 0, 0, 0]));
    });
  });
  await new Promise<void>((resolve) => void backend.listen(0, '127.0.0.1', () => resolve()));
  const backendPort = (backend.address() as { port: number }).port;

  const observer = await startProgram(`
receivers:
  otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${collectorGrpc}"}, http: {endpoint: "127.0.0.1:${collectorHttp}"}}}
exporters:
  file/traces: {path: ${folder}/traces, flush_interval: 50ms}
  file/metrics: {path: ${folder}/metrics, flush_interval: 50ms}
  file/logs: {path: ${folder}/logs, flush_interval: 50ms}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [file/traces]}
    metrics: {receivers: [otlp], exporters: [file/metrics]}
    logs: {receivers: [otlp], exporters: [file/logs]}
`);
  const gateway = await startProgram(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${httpPort}"}}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${backendPort}", tls: {insecure: true}, sending_queue: {enabled: false}}}
service:
  telemetry:
    resource: {attributes: [{name: service.name, value: tier-1}]}
    logs:
      processors:
        - batch:
            schedule_delay: 100
            exporter:
              otlp: {protocol: grpc, endpoint: "127.0.0.1:${collectorGrpc}", insecure: true, compression: gzip}
    traces:
      propagators: [tracecontext]
      processors:
        - batch:
            schedule_delay: 100
            exporter: {otlp: {protocol: http/protobuf, endpoint: "http://127.0.0.1:${collectorHttp}"}}
    metrics:
      level: detailed
      readers:
        - periodic:
            interval: 300
            exporter:
              otlp: {protocol: grpc, endpoint: "http://127.0.0.1:${collectorGrpc}", temporality_preference: delta}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
`);
  const read = (what: string): unknown[] => {
    const file = path.join(folder, what);
    if (!fs.existsSync(file)) return [];
    const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as unknown);
  };
  try {
    const sender = '4bf92f3577b34da6a3ce929d0e0e4736';
    const answer = await fetch(`http://127.0.0.1:${httpPort}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', traceparent: `00-${sender}-00f067aa0ba902b7-01` },
      body,
    });
    expect(answer.status).toBe(200);
    const names = [
      'POST /v1/traces',
      'receiver/otlp/TraceDataReceived',
      'exporter/otlp_grpc/traces',
      'opentelemetry.proto.collector.trace.v1.TraceService/Export',
    ];
    const spans = (): Span[] => under<Span>(read('traces'), 'spans');
    await until('the own spans', () => names.every((name) => spans().some((span) => span.name === name)));
    let parent = '00f067aa0ba902b7';
    for (const name of names) {
      const span = spans().find((one) => one.name === name);
      expect(span).toMatchObject({ traceId: sender, parentSpanId: parent });
      parent = span?.spanId ?? '';
    }
    expect(heard).toEqual([`00-${sender}-${parent}-01`]);

    const lines = (): string[] =>
      under<{ body: { stringValue: string } }>(read('logs'), 'logRecords').map((line) => line.body.stringValue);
    await until('the own log lines', () => lines().includes('Everything is ready. Begin running and processing data.'));
    expect(lines().length).toBeGreaterThan(3);
    expect(JSON.stringify(read('logs'))).toContain('tier-1');

    interface Metric {
      readonly name: string;
      readonly sum?: {
        readonly aggregationTemporality: number;
        readonly dataPoints: readonly { readonly asInt?: string }[];
      };
      readonly histogram?: {
        readonly aggregationTemporality: number;
        readonly dataPoints: readonly { readonly count: string }[];
      };
    }
    const metrics = (name: string): Metric[] =>
      under<Metric>(read('metrics'), 'metrics').filter((metric) => metric.name === name);
    // As deltas: the one span is counted once, and then nothing more.
    const sent = (): number[] =>
      metrics('otelcol_exporter_sent_spans').map(({ sum }) => Number(sum?.dataPoints[0]?.asInt ?? 0));
    const countedAt = (): number => sent().findIndex((spans) => spans > 0);
    await until('exports of metrics behind the one with the span', () => {
      const at = countedAt();
      return at >= 0 && sent().length > at + 2;
    });
    expect(metrics('otelcol_exporter_sent_spans')[0]?.sum?.aggregationTemporality).toBe(1);
    expect(sent().reduce((sum, spans) => sum + spans, 0)).toBe(1);
    const calls = metrics('rpc.client.call.duration');
    expect(calls.reduce((sum, metric) => sum + Number(metric.histogram?.dataPoints[0]?.count ?? 0), 0)).toBe(1);
  } finally {
    await gateway.stop();
    await until('the last log line', () => JSON.stringify(read('logs')).includes('Shutdown complete.'));
    await observer.stop();
    backend.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

test('a destination that is down costs a line in the log, and the program still ends', async () => {
  const [nowhere] = (await freePorts(1)) as [number];
  const exporter = `{otlp: {protocol: http/protobuf, endpoint: "http://127.0.0.1:${nowhere}"}}`;
  const gateway = await startProgram(`
receivers: {nop: {}}
exporters: {nop: {}}
service:
  telemetry:
    logs: {processors: [{simple: {exporter: ${exporter}}}]}
    traces: {processors: [{batch: {exporter: ${exporter}}}]}
    metrics: {readers: [{periodic: {interval: 100, timeout: 200, exporter: ${exporter}}}]}
  pipelines: {traces: {receivers: [nop], exporters: [nop]}}
`);
  await until('the log line of the fault', () =>
    gateway.output().includes("Failed to export the program's own metrics"),
  );
  expect(await gateway.stop()).toBe(0);
});

/** Prints at exit how many files of OpenTelemetry's packages the program has loaded. */
const countsLoaded = `
import { createRequire } from 'node:module';
const { cache } = createRequire(process.execPath);
const loaded = () => Object.keys(cache).filter((file) => file.includes('@opentelemetry')).length;
process.on('exit', () => console.log('OpenTelemetry files: ' + loaded()));
`;

test('the propagators are loaded only by a configuration that names one', async () => {
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(countsLoaded)}` };
  const loaded = async (traces: string): Promise<number> => {
    const program = await startProgram(
      `
receivers: {nop: {}}
exporters: {nop: {}}
service:
  telemetry: {metrics: {level: none}, traces: ${traces}}
  pipelines: {traces: {receivers: [nop], exporters: [nop]}}
`,
      { env },
    );
    expect(await program.stop()).toBe(0);
    return Number(/OpenTelemetry files: (\d+)/.exec(program.output())?.[1]);
  };
  const processors = '[{simple: {exporter: {console: {}}}}]';
  expect(await loaded('{}')).toBe(0);
  expect(await loaded(`{processors: ${processors}}`)).toBe(0);
  expect(await loaded(`{processors: ${processors}, propagators: [tracecontext]}`)).toBeGreaterThan(0);
});

test('every metric of a scrape is in a table of the documentation', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-own-'));
  const [grpc, http, metrics, backend] = (await freePorts(4)) as [number, number, number, number];
  const program = await startProgram(`
receivers:
  otlp: {protocols: {http: {endpoint: "127.0.0.1:${http}"}}}
  otlp/backend: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}, http: {endpoint: "127.0.0.1:${backend}"}}}
processors: {batch: {timeout: 10ms}, memory_limiter: {check_interval: 1s, limit_mib: 4000}}
exporters:
  otlp_grpc: {endpoint: "127.0.0.1:${grpc}", tls: {insecure: true}, sending_queue: {batch: {flush_timeout: 10ms}}}
  otlp_http: {endpoint: "http://127.0.0.1:${backend}"}
  load_balancing: {protocol: {otlp: {tls: {insecure: true}}}, resolver: {static: {hostnames: ["127.0.0.1:${grpc}"]}}}
  debug: {}
  file: {path: ${folder}/traces}
service:
  telemetry:
    metrics: {level: detailed, readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp_grpc, otlp_http, load_balancing]}
    traces/backend: {receivers: [otlp/backend], exporters: [debug, file]}
`);
  try {
    const headers = { 'content-type': 'application/x-protobuf' };
    expect((await fetch(`http://127.0.0.1:${http}/v1/traces`, { method: 'POST', headers, body })).status).toBe(200);
    const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    await until('the span to arrive three times', async () =>
      /^otelcol_exporter_sent_spans\{exporter="file"\} 3$/m.test(await scrape()),
    );
    const known = new Set(tablesOfMetrics().map((name) => name.replaceAll('.', '_')));
    const exposed = [...(await scrape()).matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    expect(exposed.length).toBeGreaterThan(40);
    // Two families are the endpoint's own, as in the Collector.
    expect(exposed.filter((name) => !known.has(name))).toEqual(['promhttp_metric_handler_errors_total', 'target_info']);
  } finally {
    await program.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

/** The metrics in the tables of docs/own-telemetry.md and of the components' READMEs. */
function tablesOfMetrics(): string[] {
  const root = path.resolve(import.meta.dirname, '../..');
  const readmes = fs
    .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('README.md'));
  return ['docs/own-telemetry.md', ...readmes.map((file) => `src/${file}`)].flatMap((file) => {
    const [, table = ''] =
      /<!-- metrics -->([\s\S]*)<!-- \/metrics -->/.exec(fs.readFileSync(path.join(root, file), 'utf8')) ?? [];
    return [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);
  });
}
