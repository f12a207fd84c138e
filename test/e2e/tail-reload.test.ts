import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lossOf, makeClient, startBackend } from '../support/backend.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-tail-reload-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const spansOfTrace = 3;
/** `KANMON_RELOADS=60` is the full size: a minute of them. */
const reloads = Number(process.env['KANMON_RELOADS'] ?? 8);

const timeout = 180_000 + reloads * 5000;

test('reloads under load: no trace is torn or lost, and each is decided once', { timeout }, async () => {
  const backend = await startBackend();
  const [grpc = 0] = await freePorts(1);
  // A trace that is decided in parts has too few spans in each.
  const config = (n: number): string => `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
processors:
  tail_sampling:
    decision_wait: ${4 + (n % 2)}s
    policies:
      - {name: whole-${n}, type: span_count, span_count: {min_spans: ${spansOfTrace}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${backend.port}", tls: {insecure: true}}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], processors: [tail_sampling], exporters: [otlp_grpc]}}
`;
  const file = path.join(folder, 'config.yaml');
  fs.writeFileSync(file, config(0));
  const gateway = await startProgram('{}', { args: ['--config', file] });
  const client = makeClient(grpc);
  const sent: string[] = [];
  /** Spans of traces that took longer to send than the shortest wait for a decision. */
  const late = new Set<string>();
  const refused: number[] = [];
  let running = true;
  /** One trace after the other, the spans of each with pauses, so that reloads come between them. */
  const traces = async (): Promise<void> => {
    while (running) {
      const traceId = randomBytes(16).toString('hex');
      const spanIds: string[] = [];
      const began = performance.now();
      for (let i = 0; i < spansOfTrace; i++) {
        const spanId = randomBytes(8).toString('hex');
        const status = await client.send(encodeSpans([{ traceId, spanId }]));
        if (status === 0) spanIds.push(spanId);
        else refused.push(status);
        // real time: the pause lets reloads come between the spans.
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      sent.push(...spanIds);
      // real time: on a crowded machine a trace may take longer than the gateway waits for it.
      if (performance.now() - began > 3900) for (const spanId of spanIds) late.add(spanId);
    }
  };
  const all = Promise.all(Array.from({ length: 40 }, traces));
  const count = (line: string): number => gateway.output().split(line).length - 1;
  for (let n = 1; n <= reloads; n++) {
    fs.writeFileSync(file, config(n));
    const ready = count('Everything is ready');
    gateway.child.kill('SIGHUP');
    await until('the reload', () => count('Everything is ready') > ready);
    const before = sent.length;
    await until('more spans', () => sent.length > before + 100);
  }
  running = false;
  await all;
  const whole = sent.filter((spanId) => !late.has(spanId));
  await until('everything to arrive', () => lossOf(whole, [backend]).lost === 0);
  expect(whole.length).toBeGreaterThan(0);
  expect(refused).toEqual([]);
  expect(lossOf(whole, [backend])).toEqual({ lost: 0, duplicates: 0 });
  expect(count('Pending traces go over to the new configuration')).toBeGreaterThan(0);
  client.close();
  expect(await gateway.stop(), gateway.output()).toBe(0);
  expect(gateway.output()).toContain('The ledger balances');
  await backend.close();
});
