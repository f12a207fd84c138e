import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { emptyContext } from '../../src/component/consumer.js';
import type { Exporter } from '../../src/component/define.js';
import { definition as otlpGrpc } from '../../src/exporters/otlp_grpc/index.js';
import { definition as otlpHttp } from '../../src/exporters/otlp_http/index.js';
import { names } from '../../src/net/lookup.js';
import { heldWorld, spans, total, type HeldWorld } from '../support/held-world.js';
import { hostWith } from '../support/host.js';
import { until } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Connections of this machine to a port whose SYN was not answered. */
function unanswered(port: number): number {
  const peer = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return fs
    .readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote = '', state]) => remote.endsWith(peer) && state === '02').length;
}

/** A listener that accepts nothing: the thread that it belongs to stands still. */
const listener = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

/** A port whose queue of connections is full, so that the kernel drops each further SYN. */
async function fullPort(): Promise<number> {
  const worker = new Worker(listener, { eval: true });
  stops.push(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  while (unanswered(port) === 0) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    stops.push(() => socket.destroy());
    await new Promise((resolve) => setImmediate(resolve));
  }
  return port;
}

/** Takes all threads in which Node asks for names, files and the like, until the test ends. */
function takeThreads(): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-threads-'));
  const pipe = path.join(folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  const threads = Number(process.env['UV_THREADPOOL_SIZE']) || 4;
  // The kernel opens it for reading once somebody opens it for writing.
  const opening = Array.from({ length: threads }, () => fs.promises.open(pipe, 'r'));
  stops.push(async () => {
    const writing = fs.openSync(pipe, fs.constants.O_RDWR);
    for (const file of await Promise.all(opening)) await file.close();
    fs.closeSync(writing);
    fs.rmSync(folder, { recursive: true });
  });
}

interface Phase {
  readonly name: string;
  /** Where the exporter sends to, and whether it is in the phase. */
  begin(): Promise<{ readonly address: string; readonly reached: () => boolean; readonly left: () => boolean }>;
}

const phases: readonly Phase[] = [
  {
    name: 'a SYN that is not answered',
    async begin() {
      const port = await fullPort();
      const before = unanswered(port);
      return {
        address: `127.0.0.1:${port}`,
        reached: () => unanswered(port) > before,
        left: () => unanswered(port) <= before,
      };
    },
  },
  {
    name: 'a name look-up that hangs',
    begin: () => Promise.resolve({ address: 'localhost:4317', reached: () => names.running > 0, left: () => true }),
  },
];

const exporters = ['otlp_grpc', 'otlp_http'] as const;

async function open(
  type: (typeof exporters)[number],
  phase: Phase,
  more: object,
): Promise<{
  readonly world: HeldWorld;
  readonly exporter: Exporter;
  readonly reached: () => Promise<void>;
  readonly left: () => boolean;
}> {
  const { address, reached, left } = await phase.begin();
  const world = heldWorld();
  const config = { compression: 'none', timeout: '3s', retry_on_failure: { enabled: false }, ...more };
  const exporter =
    type === 'otlp_grpc'
      ? await otlpGrpc.create(
          otlpGrpc.config.parse({ ...config, endpoint: address, tls: { insecure: true } }),
          world.context,
        )
      : await otlpHttp.create(otlpHttp.config.parse({ ...config, endpoint: `http://${address}` }), world.context);
  // The first look-up may come with the start.
  if (phase.name.includes('look-up')) takeThreads();
  await exporter.start?.(hostWith());
  stops.push(() => exporter.shutdown?.(AbortSignal.abort()));
  return { world, exporter, reached: () => until(phase.name, reached), left };
}

describe.each(phases.flatMap((phase) => exporters.map((type) => [type, phase.name, phase] as const)))(
  '%s, %s',
  (type, _name, phase) => {
    test('without a queue the sender gets an answer when `timeout` is over', async () => {
      const { world, exporter, reached } = await open(type, phase, { sending_queue: { enabled: false } });
      let failure: unknown;
      const sent = exporter.consume(spans('a', 'b'), emptyContext).catch((error: unknown) => (failure = error));
      await reached();
      await world.clock.pass(2900);
      expect(failure).toBeUndefined();
      await world.clock.pass(100);
      await sent;
      expect(failure).toMatchObject({ class: 'retryable', reason: 'deadline_exceeded' });
      expect(world.books).toMatchObject({ balance: 0, returnedItems: { deadline_exceeded: 2 } });
    });

    test('at the end of a drain the books hold nothing, and no dial goes on', async () => {
      const { world, exporter, reached, left } = await open(type, phase, { timeout: '0s' });
      await exporter.consume(spans('a', 'b'), emptyContext);
      await reached();
      const drain = new AbortController();
      const ended = exporter.shutdown?.(drain.signal);
      expect(total(world.books.heldItems)).toBe(2);
      drain.abort();
      await ended;
      expect(world.books).toMatchObject({ balance: 0, droppedItems: { shutdown: 2 } });
      expect(total(world.books.heldItems)).toBe(0);
      await until('the end of the dial', left);
    });
  },
);
