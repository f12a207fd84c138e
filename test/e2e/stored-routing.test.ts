import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lossOf, makeClient } from '../support/backend.js';
import { readLedger, sum } from '../support/ledger.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';
import { newSpanId, QueueWorld } from '../support/queue-world.js';

let world: QueueWorld;
beforeEach(() => {
  world = new QueueWorld();
});
afterEach(() => world.end());

const perTrace = 4;
const labels = { component: 'load_balancing', signal: 'traces' };

test.each([
  ['one process', []],
  ['two workers', ['--workers', '2']],
])('%s: what waited for dead members goes to those of another address after a kill', async (_name, args) => {
  const [grpc = 0, metrics = 0, ...dead] = await freePorts(5);
  const storage = world.newFolder();
  const start = async (members: readonly number[]): Promise<Program> => {
    const program = await startProgram(
      `
extensions: {file_storage: {directory: ${storage}, create_directory: true}}
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${grpc}"}}}}
exporters:
  load_balancing:
    protocol: {otlp: {tls: {insecure: true}}}
    resolver: {static: {hostnames: [${members.map((port) => `"127.0.0.1:${port}"`).join(', ')}]}}
    sending_queue: {storage: file_storage}
service:
  extensions: [file_storage]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}}
  pipelines: {traces: {receivers: [otlp], exporters: [load_balancing]}}
`,
      { args },
    );
    world.atEnd(() => program.stop('SIGKILL'));
    return program;
  };

  const first = await start(dead);
  const client = makeClient(grpc);
  world.atEnd(() => client.close());
  const traces = Array.from({ length: 300 }, () => randomBytes(16).toString('hex'));
  const acknowledged: string[] = [];
  // The spans of a trace come in requests of their own.
  for (let round = 0; round < perTrace; round++) {
    const order = round % 2 === 0 ? traces : traces.toReversed();
    for (let from = 0; from < order.length; from += 10) {
      const spans = order.slice(from, from + 10).map((traceId) => ({ traceId, spanId: newSpanId() }));
      expect(await client.send(encodeSpans(spans))).toBe(0);
      acknowledged.push(...spans.map(({ spanId }) => spanId));
    }
  }
  expect(sum(await readLedger(metrics), 'kanmon_ledger_held', { component: 'load_balancing' })).toBe(
    acknowledged.length,
  );
  await first.stop('SIGKILL');

  const members = [await world.newBackend(), await world.newBackend()];
  const second = await start(members.map(({ port }) => port));
  await until('all to arrive', () => lossOf(acknowledged, members).lost === 0);
  expect(lossOf(acknowledged, members)).toEqual({ lost: 0, duplicates: 0 });
  const [a, b] = members as [(typeof members)[0], (typeof members)[0]];
  expect(traces.filter((trace) => a.traces.has(trace) && b.traces.has(trace))).toEqual([]);
  // Each has a share, and the spans of its traces alone.
  for (const member of members) {
    expect(member.traces.size).toBeGreaterThan(0);
    expect(member.accepted.size).toBe(member.traces.size * perTrace);
  }

  await until('the books to be empty', async () => sum(await readLedger(metrics), 'kanmon_ledger_held') === 0);
  const books = await readLedger(metrics);
  expect(sum(books, 'kanmon_ledger_created', labels)).toBe(acknowledged.length);
  expect(sum(books, 'kanmon_ledger_out', labels)).toBe(acknowledged.length);
  expect(sum(books, 'kanmon_ledger_dropped')).toBe(0);
  expect(sum(books, 'kanmon_ledger_returned')).toBe(0);
  expect(await second.stop()).toBe(0);
});
