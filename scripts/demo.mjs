// npm run demo: starts the quick start, sends real traffic with the OpenTelemetry SDK over all three encodings, and
// shows where each trace went.
import { spawn } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { SpanKind, trace as traceApi, context } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resources, tracing } from '@opentelemetry/sdk-node';

const root = path.resolve(import.meta.dirname, '..');
const gateway = spawn(
  process.execPath,
  [path.join(root, 'dist/cli/main.js'), '--config', path.join(root, 'examples/quickstart.yaml')],
  {
    stdio: ['ignore', 'pipe', 'pipe'],
  },
);
let output = '';
let ready;
const isReady = new Promise((resolve) => (ready = resolve));
for (const stream of [gateway.stdout, gateway.stderr]) {
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    output += text;
    if (output.includes('Everything is ready')) ready(true);
  });
}
// Not `exit`, after which output may still come.
const ended = new Promise((resolve) => gateway.on('close', resolve));
process.on('exit', () => gateway.kill('SIGKILL'));
if (!(await Promise.race([isReady, ended.then(() => false)]))) {
  console.error(`the gateway did not start:\n${output}`);
  process.exit(1);
}
console.log('The gateway is ready on 4317 (gRPC) and 4318 (HTTP).');

const exporters = {
  gRPC: new GrpcExporter({ url: 'http://127.0.0.1:4317' }),
  'HTTP protobuf': new ProtoExporter({ url: 'http://127.0.0.1:4318/v1/traces' }),
  'HTTP JSON': new JsonExporter({ url: 'http://127.0.0.1:4318/v1/traces' }),
};
const providers = Object.entries(exporters).map(([name, exporter]) => [
  name,
  new tracing.BasicTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': `demo-${name.toLowerCase().replace(' ', '-')}` }),
    spanProcessors: [new tracing.BatchSpanProcessor(exporter, { scheduledDelayMillis: 50 })],
  }),
]);

// Each trace has spans from all three services, so its parts arrive in three requests of three encodings.
const traces = [];
const count = 30;
for (let i = 0; i < count; i++) {
  let parent = context.active();
  for (const [name, provider] of providers) {
    const span = provider
      .getTracer('demo')
      .startSpan(`step over ${name}`, { kind: SpanKind.SERVER, attributes: { 'demo.round': i } }, parent);
    if (name === 'gRPC') traces.push(span.spanContext().traceId);
    parent = traceApi.setSpan(parent, span);
    span.end();
  }
  if (process.stdout.isTTY) process.stdout.write(`\rsent ${i + 1} of ${count} traces`);
  await new Promise((r) => setTimeout(r, 20));
}
for (const [, provider] of providers) await provider.forceFlush();
if (process.stdout.isTTY) process.stdout.write('\n');
else console.log(`sent ${count} traces of ${providers.length} spans`);

const spans = count * providers.length;
let metrics = await scrape();
for (const end = Date.now() + 30_000; shownSpans(metrics) < spans && Date.now() < end; metrics = await scrape())
  await new Promise((r) => setTimeout(r, 50));
gateway.kill('SIGTERM');
await ended;

/** The gateway's own metrics, as text. */
function scrape() {
  return new Promise((resolve, reject) => {
    http
      .get('http://localhost:8888/metrics', (response) => {
        let text = '';
        response.on('data', (d) => (text += d));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

/** Spans that the exporters of the second tier have shown. */
function shownSpans(text) {
  const samples = text.matchAll(/^otelcol_exporter_sent_spans\S*exporter="debug\/\S* (\d+)/gm);
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}

const home = new Map();
let backend = '';
for (const line of output.split('\n')) {
  backend = /debug\/(backend-\d)/.exec(line)?.[1] ?? backend;
  for (const id of traces) {
    if (!line.includes(id)) continue;
    if (!home.has(id)) home.set(id, new Map());
    const places = home.get(id);
    places.set(backend, (places.get(backend) ?? 0) + 1);
  }
}
console.log('\ntrace                             backend    spans');
for (const id of traces)
  for (const [place, spans] of home.get(id) ?? [['nowhere', 0]]) console.log(`${id}  ${place.padEnd(9)}  ${spans}`);
const split = traces.filter((id) => (home.get(id)?.size ?? 0) !== 1);
console.log(`\n${traces.length - split.length} of ${traces.length} traces are whole on one backend.`);
console.log('\nThe ledger (from http://localhost:8888/metrics):');
for (const line of metrics.split('\n')) if (line.startsWith('kanmon_ledger')) console.log(`  ${line}`);
process.exit(split.length === 0 ? 0 : 1);
