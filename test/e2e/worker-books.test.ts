import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makeClient, startBackend } from '../support/backend.js';
import { encodeSpans } from '../support/otlp.js';
import { childrenOf, freePorts, startProgram, until, type Program } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function started(limits?: string): Promise<{ gateway: Program; port: number; metrics: number }> {
  const [port = 0, metrics = 0] = await freePorts(2);
  const backend = await startBackend();
  stops.push(() => backend.close());
  const gateway = await startProgram(
    `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${port}"}}}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${backend.port}", tls: {insecure: true}}}
service:
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${metrics}}}}}]}}
  pipelines: {traces: {receivers: [otlp], exporters: [otlp_grpc]}}
`,
    { args: ['--workers', '2'], ...(limits === undefined ? {} : { limits }) },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  return { gateway, port, metrics };
}

/** Where a worker writes its books. */
function booksOf(worker: number): string {
  const variables = fs.readFileSync(`/proc/${worker}/environ`, 'utf8').split('\0');
  return variables.find((line) => line.startsWith('KANMON_WORKER_BOOKS='))?.split('=')[1] ?? '';
}

test('books that could not be written say so when their worker dies, and at the end', async () => {
  // No file can become as large as the books: the same as a full disk.
  const { gateway, port, metrics } = await started('ulimit -f 16');
  const client = makeClient(port);
  for (let i = 0; i < 5; i++)
    expect(
      await client.send(
        encodeSpans([{ traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') }]),
      ),
    ).toBe(0);
  client.close();
  const incomplete = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    return Number(/^kanmon_worker_incomplete_books\S* (\S+)$/m.exec(text)?.[1]);
  };
  await until('the metric to say so', async () => (await incomplete()) > 0);
  const workers = childrenOf(gateway.child.pid);
  // Before there are others, which cannot write theirs either.
  expect(gateway.output().match(/books of this worker could not be written/g)?.length).toBeLessThanOrEqual(
    workers.length,
  );
  for (const worker of workers) process.kill(worker, 'SIGKILL');
  await until(
    'other workers',
    () => childrenOf(gateway.child.pid).filter((pid) => !workers.includes(pid)).length === 2,
  );
  await until('it to say so', () => /A worker died.*"books": "incomplete/.test(gateway.output()));
  await gateway.stop();
  expect(gateway.output()).toContain('The ledger is not complete');
  expect(gateway.output()).not.toContain('The ledger balances');
});

test('the folder of books that a killed program left is gone after the next start', async () => {
  const { gateway } = await started();
  const workers = childrenOf(gateway.child.pid);
  const folder = path.dirname(booksOf(workers[0] ?? 0));
  expect(fs.existsSync(folder)).toBe(true);
  // As long as somebody listens there, no program of another test that starts takes it for one that was left.
  const guard = net.createServer().listen(path.join(folder, 'guard.sock'));
  await once(guard, 'listening');
  stops.push(() => guard.close());
  gateway.child.kill('SIGKILL');
  await gateway.ended;
  await until('its workers to have ended', () => workers.every((pid) => !fs.existsSync(`/proc/${pid}`)));
  expect(fs.existsSync(folder)).toBe(true);
  guard.close();
  await once(guard, 'close');
  const next = await started();
  expect(fs.existsSync(folder)).toBe(false);
  const used = path.dirname(booksOf(childrenOf(next.gateway.child.pid)[0] ?? 0));
  expect(await next.gateway.stop()).toBe(0);
  expect(fs.existsSync(used)).toBe(false);
});
