import http from 'node:http';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, onTestFailed, test } from 'vitest';
import { makeClient } from '../support/backend.js';
import { readLedger, sum } from '../support/ledger.js';
import { bodiesOf, startLogBackend } from '../support/log-backend.js';
import { eachSpan } from '../support/otlp.js';
import { until } from '../support/program.js';
import { newSpanId, persistentGateway, QueueWorld, spansOf, type StoredGateway } from '../support/queue-world.js';
import { randomFrom } from '../support/random.js';
import { storedRequests } from '../support/stored-items.js';

/** Moments at which the program is killed, in each of the tests. */
const kills = Number(process.env['KANMON_KILLS'] ?? 3);
/** The moments come from this number. */
const seed = Number(process.env['KANMON_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let world: QueueWorld;
beforeEach(() => {
  world = new QueueWorld();
});
afterEach(() => world.end());

interface Sink {
  readonly port: number;
  /** IDs to how often each was accepted. */
  readonly accepted: ReadonlyMap<string, number>;
}

/** Items of one signal, on one way through the gateway. */
interface Kind {
  readonly signal: 'traces' | 'logs';
  readonly args: readonly string[];
  /** The type of the exporter. */
  readonly exporter: string;
  startSink(): Promise<Sink>;
  /** One connection; `send` resolves with whether the items were acknowledged. */
  open(gateway: StoredGateway): { send(ids: readonly string[]): Promise<boolean> };
  idsIn(request: Uint8Array): string[];
}

function spanIdsIn(request: Uint8Array): string[] {
  const ids: string[] = [];
  eachSpan(request, (_trace, span) => void ids.push(span));
  return ids;
}

const traces: Kind = {
  ...{ signal: 'traces', args: [], exporter: 'otlp_grpc', idsIn: spanIdsIn },
  startSink: () => world.newBackend(),
  open: ({ grpc }) => {
    const client = makeClient(grpc);
    world.atEnd(() => client.close());
    return { send: async (ids) => (await client.send(spansOf(ids))) === 0 };
  },
};

const logs: Kind = {
  ...traces,
  ...{ signal: 'logs', idsIn: (request) => [...bodiesOf(request)] },
  startSink: async () => {
    const backend = await startLogBackend();
    world.atEnd(() => backend.close());
    return backend;
  },
  open: ({ http: port }) => ({
    send: async (ids) => {
      const logRecords = ids.map((id) => ({ body: { stringValue: id } }));
      const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
      const headers = { 'content-type': 'application/json' };
      try {
        return (await fetch(`http://127.0.0.1:${port}/v1/logs`, { method: 'POST', headers, body })).status === 200;
      } catch {
        return false;
      }
    },
  }),
};

/** A backend of OTLP over HTTP. */
async function startHttpSink(): Promise<Sink> {
  const accepted = new Map<string, number>();
  const server = http.createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces);
      const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      for (const id of spanIdsIn(bytes)) accepted.set(id, (accepted.get(id) ?? 0) + 1);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, accepted };
}

const overHttp: Kind = { ...traces, exporter: 'otlp_http', startSink: startHttpSink };
const inWorkers: Kind = { ...traces, args: ['--workers', '2'] };

test.each<[string, Kind]>([
  ['traces over gRPC', traces],
  ['traces over HTTP', overHttp],
  ['logs', logs],
  ['traces through two workers', inWorkers],
])('%s: kills at random moments lose nothing acknowledged, and repeat only what was on disk', async (name, kind) => {
  onTestFailed(() => console.error(`${name}: KANMON_SEED=${seed} KANMON_KILLS=${kills} has the same moments`));
  const random = randomFrom(seed);
  const sink = await kind.startSink();
  const gateway = await world.gateway(sink.port);
  const folder = path.join(gateway.storage, `exporter_${kind.exporter}__${kind.signal}`);
  const yaml = persistentGateway
    .replaceAll('otlp_grpc', kind.exporter)
    // More exports are under way at a kill.
    .replace('flush_timeout: 200ms', 'flush_timeout: 10ms')
    .replace('endpoint: ${env:BACKEND', `endpoint: ${kind.exporter === 'otlp_http' ? 'http://' : ''}\${env:BACKEND`);
  const start = () => gateway.start(yaml, { args: kind.args });
  let program = await start();

  // A moment is a number of events: a request leaves a sender, or is acknowledged.
  let events = 0;
  let moment: { readonly at: number; reach(): void } | undefined;
  const happened = (): void => {
    if (++events === moment?.at) moment.reach();
  };
  const acknowledged: string[] = [];
  let sending = true;
  const send = async (): Promise<void> => {
    const connection = kind.open(gateway);
    while (sending) {
      const ids = Array.from({ length: 20 }, newSpanId);
      const sent = connection.send(ids);
      happened();
      if (!(await sent)) continue;
      acknowledged.push(...ids);
      happened();
    }
  };
  const senders = Array.from({ length: 4 }, send);
  /** IDs to the number of kills at which they were still on disk. */
  const held = new Map<string, number>();
  for (let i = 0; i < kills; i++) {
    const before = acknowledged.length;
    await until('more to be acknowledged', () => acknowledged.length > before);
    const more = 1 + Math.floor(random() * 200);
    await new Promise<void>((resolve) => (moment = { at: events + more, reach: resolve }));
    if (random() < 0.5) {
      // Between the answer of the backend and the end of what it answers for.
      const { size } = sink.accepted;
      while (sink.accepted.size === size) await new Promise((resolve) => setImmediate(resolve));
    }
    await program.stop('SIGKILL');
    for (const request of await storedRequests(folder, kind.signal))
      for (const id of kind.idsIn(request)) held.set(id, (held.get(id) ?? 0) + 1);
    program = await start();
  }
  const enough = acknowledged.length + 100;
  await until('more to be acknowledged', () => acknowledged.length >= enough);
  sending = false;
  await Promise.all(senders);
  await until('all of it to arrive', () => acknowledged.every((id) => sink.accepted.has(id)));
  // Not its files: those of a program that runs come and go while they are read.
  await until('it to hold nothing', async () => sum(await readLedger(gateway.metrics), 'kanmon_ledger_held') === 0);
  expect(await program.stop()).toBe(0);
  expect(await storedRequests(folder, kind.signal)).toEqual([]);

  const tooOften = [...sink.accepted].filter(([id, times]) => times > 1 + (held.get(id) ?? 0));
  expect(tooOften).toEqual([]);
  const repeated = [...sink.accepted.values()].filter((times) => times > 1).length;
  const counts = `${acknowledged.length} acknowledged, none lost, ${held.size} on disk at a kill, ${repeated} repeated`;
  console.log(`${name}, ${kills} kills: ${counts}`);
});
