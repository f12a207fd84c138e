import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { lossOf, makeClient, startBackend } from '../support/backend.js';
import { readLedger, sum } from '../support/ledger.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

/** Requests that the backend refuses before it recovers; `KANMON_OUTAGE_REFUSALS` is for longer outages. */
const outage = Number(process.env['KANMON_OUTAGE_REFUSALS'] ?? 30);

test(`one of three backends refuses ${outage} requests and recovers: nothing lost, nothing twice`, async () => {
  const backends = await Promise.all([startBackend(), startBackend(), startBackend()]);
  const [grpcPort, metricsPort] = (await freePorts(2)) as [number, number];
  const gateway = await startProgram(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpcPort}"}}}}
exporters:
  load_balancing:
    # What takes longer than the timeout is sent again: on a crowded machine, spans would come twice.
    protocol:
      otlp: {tls: {insecure: true}, timeout: 60s, retry_on_failure: {initial_interval: 200ms, max_interval: 2s}}
    resolver: {static: {hostnames: ${JSON.stringify(backends.map((b) => `127.0.0.1:${b.port}`))}}}
service:
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metricsPort}}}}}]}
  pipelines: {traces: {receivers: [otlp], exporters: [load_balancing]}}
`);
  const client = makeClient(grpcPort);
  try {
    const sent: string[] = [];
    const send = async (): Promise<void> => {
      const spans = Array.from({ length: 50 }, () => ({
        traceId: randomBytes(16).toString('hex'),
        spanId: randomBytes(8).toString('hex'),
      }));
      expect(await client.send(encodeSpans(spans))).toBe(0);
      for (const span of spans) sent.push(span.spanId);
    };
    backends[1].refuseWith(14);
    while (backends[1].refusals() < outage) {
      const refusals = backends[1].refusals();
      await send();
      await until('a refusal', () => backends[1].refusals() > refusals);
    }
    backends[1].refuseWith(undefined);
    for (let i = 0; i < 20; i++) await send();
    const received = (): number => backends.reduce((n, b) => n + b.accepted.size, 0);
    await until('every span to arrive', () => received() === sent.length);
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
      `outage of ${outage} requests: ${sent.length} spans, ${backends[1].refusals()} refusals, lost ${lost}, ` +
        `duplicates ${duplicates}`,
    );
  } finally {
    client.close();
    await gateway.stop('SIGKILL');
    await Promise.all(backends.map((b) => b.close()));
  }
});
