import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { lossOf, makeClient, startBackend } from '../support/backend.js';
import { readLedger, sum } from '../support/ledger.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

// 30 s as the foundation's issue asks, or shorter in everyday runs: the law is the same.
const outageSeconds = Number(process.env['KANMON_OUTAGE_SECONDS'] ?? 4);

test(
  `one of three backends refuses for ${outageSeconds} s and recovers: nothing lost, nothing twice`,
  { timeout: 120_000 },
  async () => {
    const backends = await Promise.all([startBackend(), startBackend(), startBackend()]);
    const [grpcPort, metricsPort] = (await freePorts(2)) as [number, number];
    const gateway = await startProgram(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpcPort}"}}}}
exporters:
  load_balancing:
    protocol: {otlp: {tls: {insecure: true}, retry_on_failure: {initial_interval: 200ms, max_interval: 2s}}}
    resolver: {static: {hostnames: ${JSON.stringify(backends.map((b) => `127.0.0.1:${b.port}`))}}}
service:
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metricsPort}}}}}]}
  pipelines: {traces: {receivers: [otlp], exporters: [load_balancing]}}
`);
    const client = makeClient(grpcPort);
    try {
      const sent: string[] = [];
      const started = Date.now();
      backends[1].refuseWith(14);
      while (Date.now() - started < (outageSeconds + 2) * 1000) {
        if (Date.now() - started > outageSeconds * 1000) backends[1].refuseWith(undefined);
        const spans = Array.from({ length: 50 }, () => ({
          traceId: randomBytes(16).toString('hex'),
          spanId: randomBytes(8).toString('hex'),
        }));
        expect(await client.send(encodeSpans(spans))).toBe(0);
        for (const span of spans) sent.push(span.spanId);
        await new Promise((r) => setTimeout(r, 100));
      }
      const received = (): number => backends.reduce((n, b) => n + b.accepted.size, 0);
      await until('every span to arrive', () => received() === sent.length, 60_000);
      expect(backends[1].refusals()).toBeGreaterThan(0);
      const { lost, duplicates } = lossOf(sent, backends);
      expect({ lost, duplicates }).toEqual({ lost: 0, duplicates: 0 });
      await until(
        'the ledger to hold nothing',
        async () => sum(await readLedger(metricsPort), 'kanmon_ledger_held') === 0,
      );
      const ledger = await readLedger(metricsPort);
      expect(sum(ledger, 'kanmon_ledger_accepted')).toBe(sent.length);
      expect(sum(ledger, 'kanmon_ledger_dropped')).toBe(0);
      console.log(
        `outage of ${outageSeconds} s: ${sent.length} spans, ${backends[1].refusals()} refusals, lost ${lost}, ` +
          `duplicates ${duplicates}`,
      );
    } finally {
      client.close();
      await gateway.stop('SIGKILL');
      await Promise.all(backends.map((b) => b.close()));
    }
  },
);
