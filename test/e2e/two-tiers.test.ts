import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { trace as traceApi, ROOT_CONTEXT } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resources, tracing } from '@opentelemetry/sdk-node';
import { expect, test } from 'vitest';
import { readLedger, sum } from '../support/ledger.js';
import { freePorts, startProgram, until } from '../support/program.js';
import { ReferenceRing } from '../support/ring.js';

const traces = 10_000;
const spansPerTrace = 10;

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
}

test(
  'two tiers keep every trace whole: 10,000 traces of 10 spans from two clients in three encodings',
  { timeout: 180_000 },
  async () => {
    const ports = await freePorts(6);
    const [grpcPort, httpPort, metricsPort, ...backendPorts] = ports as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-two-tiers-'));
    const endpoints = backendPorts.map((port) => `127.0.0.1:${port}`);

    const tier2 = await Promise.all(
      backendPorts.map((port, i) =>
        startProgram(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${port}", max_recv_msg_size_mib: 16}}}}
exporters: {file: {path: ${path.join(folder, `${i}.json`)}, flush_interval: 200ms}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [file]}}
`),
      ),
    );
    const tier1 = await startProgram(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpcPort}"}, http: {endpoint: "127.0.0.1:${httpPort}"}}}}
exporters:
  load_balancing:
    protocol: {otlp: {tls: {insecure: true}}}
    resolver: {static: {hostnames: ${JSON.stringify(endpoints)}}}
service:
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metricsPort}}}}}]}
  pipelines: {traces: {receivers: [otlp], exporters: [load_balancing]}}
`);

    try {
      // Two clients, each with two exporters: every trace has spans from all four, so its parts come in at least four
      // requests.
      const exporters = [
        new GrpcExporter({ url: `http://127.0.0.1:${grpcPort}` }),
        new JsonExporter({ url: `http://127.0.0.1:${httpPort}/v1/traces` }),
        new ProtoExporter({ url: `http://127.0.0.1:${httpPort}/v1/traces` }),
        new GrpcExporter({ url: `http://127.0.0.1:${grpcPort}` }),
      ];
      const providers = exporters.map(
        (exporter, i) =>
          new tracing.BasicTracerProvider({
            resource: resources.resourceFromAttributes({ 'service.name': i < 2 ? 'client-a' : 'client-b' }),
            spanProcessors: [
              new tracing.BatchSpanProcessor(exporter, {
                maxQueueSize: 200_000,
                maxExportBatchSize: 2000,
                scheduledDelayMillis: 20,
              }),
            ],
          }),
      );
      const tracers = providers.map((provider) => provider.getTracer('two-tiers'));
      const sent = new Map<string, Set<string>>();
      for (let i = 0; i < traces; i++) {
        let context = ROOT_CONTEXT;
        let spans: Set<string> | undefined;
        for (let k = 0; k < spansPerTrace; k++) {
          const span = tracers[(i + k) % tracers.length]!.startSpan(`span ${k}`, {}, context);
          const { traceId, spanId } = span.spanContext();
          if (spans === undefined) sent.set(traceId, (spans = new Set()));
          spans.add(spanId);
          if (k === 0) context = traceApi.setSpan(ROOT_CONTEXT, span);
          span.end();
        }
        if (i % 500 === 499) await Promise.all(providers.map((provider) => provider.forceFlush()));
      }
      await Promise.all(providers.map((provider) => provider.shutdown()));

      const total = traces * spansPerTrace;
      await until('the first tier to hand everything on', async () => {
        const ledger = await readLedger(metricsPort);
        return sum(ledger, 'kanmon_ledger_held') === 0 && sum(ledger, 'kanmon_ledger_accepted') === total;
      });
      const ledger = await readLedger(metricsPort);
      expect(sum(ledger, 'kanmon_ledger_refused')).toBe(0);
      expect(sum(ledger, 'kanmon_ledger_dropped')).toBe(0);
      const components = new Set(ledger.map((row) => row.labels['component']).filter((id) => id !== undefined));
      expect(components.size).toBeGreaterThan(0);
      for (const component of components) {
        const of = (name: string): number => sum(ledger, `kanmon_ledger_${name}`, { component });
        expect(of('in') + of('created'), `component ${component}`).toBe(
          of('out') + of('dropped') + of('returned') + of('held'),
        );
      }
      await Promise.all(tier2.map((program) => program.stop()));

      const ring = new ReferenceRing(endpoints);
      const arrived = new Map<string, { backends: Set<string>; spans: string[] }>();
      const shares = new Map<string, number>();
      for (const [i, endpoint] of endpoints.entries()) {
        for (const line of fs.readFileSync(path.join(folder, `${i}.json`), 'utf8').split('\n')) {
          if (line === '') continue;
          const body = JSON.parse(line) as { resourceSpans: { scopeSpans: { spans: JsonSpan[] }[] }[] };
          for (const span of body.resourceSpans.flatMap((r) => r.scopeSpans).flatMap((s) => s.spans)) {
            let entry = arrived.get(span.traceId);
            if (!entry) arrived.set(span.traceId, (entry = { backends: new Set(), spans: [] }));
            entry.backends.add(endpoint);
            entry.spans.push(span.spanId);
          }
        }
      }
      expect(arrived.size).toBe(traces);
      let wrong = 0;
      for (const [traceId, spans] of sent) {
        const entry = arrived.get(traceId);
        const owner = ring.ownerOf(Buffer.from(traceId, 'hex'));
        shares.set(owner, (shares.get(owner) ?? 0) + 1);
        const whole =
          entry !== undefined &&
          entry.backends.size === 1 &&
          entry.backends.has(owner) &&
          entry.spans.length === spansPerTrace &&
          entry.spans.every((id) => spans.has(id)) &&
          new Set(entry.spans).size === spansPerTrace;
        if (!whole) wrong++;
      }
      expect(wrong).toBe(0);
      console.log(
        `two tiers: ${total} spans once each, ${traces} traces whole; shares ` +
          `${endpoints.map((e) => `${e} ${shares.get(e)}`).join(', ')} as the ring predicts`,
      );
    } finally {
      await Promise.all([tier1, ...tier2].map((program) => program.stop('SIGKILL')));
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
);
