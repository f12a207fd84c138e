import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { encodedSenders, type SentSpan } from '../support/encoded-senders.js';
import { readLedger, sum } from '../support/ledger.js';
import { eachSpan } from '../support/otlp.js';
import { childrenOf, freePorts, startProgram, until, type Program } from '../support/program.js';

/** `KANMON_EXCHANGE_TRACES=100000` is the full size. */
const traces = Number(process.env['KANMON_EXCHANGE_TRACES'] ?? 10_000);
const spansPerTrace = 4;
const spansPerRequest = 200;
const workers = 4;

let folder = '';
let cli = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-exchange-'));
  const built = spawnSync(process.execPath, [
    path.resolve(import.meta.dirname, '../support/extended-dist.mjs'),
    path.join(folder, 'kanmon'),
  ]);
  if (built.status !== 0) throw new Error(built.stderr.toString());
  cli = path.join(folder, 'kanmon/dist/cli/main.js');
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface World {
  readonly gateway: Program;
  readonly grpc: number;
  readonly http: number;
  readonly metrics: number;
  /** Where the component writes what it receives and hands on. */
  readonly records: string;
}

async function started(processor: object, count = workers): Promise<World> {
  const [grpc = 0, http = 0, metrics = 0] = await freePorts(3);
  const records = fs.mkdtempSync(path.join(folder, 'records-'));
  const gateway = await startProgram(
    JSON.stringify({
      receivers: {
        otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${grpc}` }, http: { endpoint: `127.0.0.1:${http}` } } },
      },
      processors: { by_trace: { folder: records, ...processor } },
      exporters: { nop: {} },
      service: {
        telemetry: {
          metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: metrics } } } }] },
        },
        pipelines: { traces: { receivers: ['otlp'], processors: ['by_trace'], exporters: ['nop'] } },
      },
    }),
    { args: ['--workers', String(count)], cli },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  return { gateway, grpc, http, metrics, records };
}

/** Which of the workers a process is. */
const numberOf = (pid: number): number =>
  Number(/KANMON_WORKER=(\d+)/.exec(fs.readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1]);

/** Span IDs by trace ID and process, as the component recorded them. */
function recorded(records: string, kind: 'in' | 'out'): Map<string, Map<number, string[]>> {
  const found = new Map<string, Map<number, string[]>>();
  for (const file of fs.readdirSync(records).filter((name) => name.endsWith(`.${kind}`))) {
    const bytes = fs.readFileSync(path.join(records, file));
    const pid = Number.parseInt(file, 10);
    for (let at = 0; at + 4 <= bytes.length;) {
      const end = at + 4 + bytes.readUInt32BE(at);
      eachSpan(bytes.subarray(at + 4, end), (traceId, spanId) => {
        const byProcess = found.get(traceId) ?? new Map<number, string[]>();
        found.set(traceId, byProcess.set(pid, [...(byProcess.get(pid) ?? []), spanId]));
      });
      at = end;
    }
  }
  return found;
}

/**
 * Sends every trace over 16 connections in all encodings, each of its spans over another one. A request that is not
 * accepted is sent again over a new connection. Resolves with the spans that were accepted.
 */
async function sendAll({ grpc, http }: World, onHalf: () => void = () => {}): Promise<SentSpan[]> {
  const senders = encodedSenders(grpc, http);
  const queues: SentSpan[][] = senders.map(() => []);
  for (let i = 0; i < traces; i++) {
    const traceId = randomBytes(16).toString('hex');
    for (let k = 0; k < spansPerTrace; k++)
      queues[(i + k * 5) % queues.length]?.push({ traceId, spanId: randomBytes(8).toString('hex') });
  }
  const total = traces * spansPerTrace;
  let accepted = 0;
  await Promise.all(
    senders.map(async (sender, i) => {
      const queue = queues[i] ?? [];
      for (let at = 0; at < queue.length; at += spansPerRequest) {
        const part = queue.slice(at, at + spansPerRequest);
        await until(`${sender.name} to be accepted`, () => sender.send(part));
        const before = accepted;
        accepted += part.length;
        if (before < total / 2 && accepted >= total / 2) onHalf();
      }
      sender.close();
    }),
  );
  return queues.flat();
}

const full = { timeout: 120_000 + traces * 10 };

test(
  `${traces} traces over 16 connections in all encodings are each whole in one of ${workers} workers`,
  full,
  async () => {
    const world = await started({});
    const sent = await sendAll(world);
    const found = recorded(world.records, 'in');
    expect(found.size).toBe(traces);
    for (const byProcess of found.values()) {
      expect(byProcess.size).toBe(1);
      for (const spans of byProcess.values()) expect(new Set(spans).size).toBe(spansPerTrace);
    }
    const perProcess = new Map<number, number>();
    for (const byProcess of found.values())
      for (const pid of byProcess.keys()) perProcess.set(pid, (perProcess.get(pid) ?? 0) + 1);
    console.log(`traces of each worker: ${[...perProcess.values()].join(', ')}`);
    expect(perProcess.size).toBe(workers);
    expect(await world.gateway.stop()).toBe(0);
    expect(world.gateway.output()).toContain('The ledger balances');
    const ledger = finalLedger(world.gateway);
    const items = sent.length;
    expect(ledger.get('otlp')).toMatchObject({ accepted: items });
    for (const id of ['exchange/by_trace', 'by_trace', 'nop'])
      expect(ledger.get(id)).toMatchObject({ in: items, out: items, dropped: {} });
  },
);

test(
  'a worker that is killed midway loses only what it held, and its traces go on in its replacement',
  full,
  async () => {
    const world = await started({ hold: '2s' });
    const pids = childrenOf(world.gateway.child.pid);
    const victim = pids.find((pid) => numberOf(pid) === 2) ?? 0;
    const owners = new Map(pids.map((pid) => [pid, numberOf(pid)]));
    const sent = await sendAll(world, () => process.kill(victim, 'SIGKILL'));
    await until(
      'another worker',
      () => childrenOf(world.gateway.child.pid).filter((pid) => pid !== victim).length === workers,
    );
    for (const pid of childrenOf(world.gateway.child.pid)) owners.set(pid, numberOf(pid));
    const { metrics } = world;
    await until('nothing to be held', async () => sum(await readLedger(metrics), 'kanmon_ledger_held') === 0);

    const received = recorded(world.records, 'in');
    expect(received.size).toBe(traces);
    const owner = (traceId: string): Set<number | undefined> =>
      new Set([...(received.get(traceId)?.keys() ?? [])].map((pid) => owners.get(pid)));
    for (const traceId of received.keys()) expect(owner(traceId).size).toBe(1);
    const handedOn = new Set(
      [...recorded(world.records, 'out').values()].flatMap((byProcess) => [...byProcess.values()].flat()),
    );
    const lost = sent.filter(({ spanId }) => !handedOn.has(spanId));
    expect(new Set(lost.flatMap(({ traceId }) => [...owner(traceId)]))).toEqual(new Set([2]));

    const rows = await readLedger(metrics);
    const died = (component: string): number =>
      sum(rows, 'kanmon_ledger_dropped', { component, reason: 'worker_died' });
    console.log(
      `a worker killed: ${sent.length} spans acknowledged, ${died('by_trace')} booked as worker_died, ` +
        `${lost.length} lost`,
    );
    expect(died('by_trace')).toBeGreaterThan(0);
    // Items it handed on in its last moment are not in its file; those that were lost are.
    expect(lost.length).toBeLessThanOrEqual(died('by_trace'));
    for (const component of ['exchange/by_trace', 'nop']) expect(died(component)).toBe(0);
    for (const component of ['exchange/by_trace', 'by_trace', 'nop']) {
      const amount = (word: string): number => sum(rows, `kanmon_ledger_${word}`, { component });
      expect(amount('in')).toBe(amount('out') + amount('dropped') + amount('returned') + amount('held'));
    }
    // A request that the worker booked and did not come to answer was sent again: one of each connection at most.
    const again = sum(rows, 'kanmon_ledger_accepted') - sent.length;
    expect(again).toBeGreaterThanOrEqual(0);
    expect(again).toBeLessThanOrEqual(16 * spansPerRequest);
    expect(await world.gateway.stop()).toBe(0);
    expect(world.gateway.output()).toContain('The ledger balances');
  },
);

test(
  'a reload under load mixes no trace between the two sets of workers, and no request fails',
  { timeout: 180_000 },
  async () => {
    const world = await started({});
    const before = childrenOf(world.gateway.child.pid);
    const senders = encodedSenders(world.grpc, world.http);
    let running = true;
    let refused = 0;
    let accepted = 0;
    const sending = senders.map(async (sender) => {
      while (running) {
        const spans = Array.from({ length: 50 }, () => ({
          traceId: randomBytes(16).toString('hex'),
          spanId: randomBytes(8).toString('hex'),
        }));
        // A connection ends with its worker; the next one may be to another worker that leaves.
        let failures = 0;
        while (failures <= workers && !(await sender.send(spans))) failures++;
        if (failures > workers) refused++;
        else accepted += spans.length;
      }
      sender.close();
    });
    await until('data before', () => accepted > 2000);
    world.gateway.child.kill('SIGHUP');
    await until('other workers', () => {
      const now = childrenOf(world.gateway.child.pid);
      return now.length === workers && now.every((pid) => !before.includes(pid));
    });
    const at = accepted;
    await until('data after', () => accepted > at + 2000);
    running = false;
    await Promise.all(sending);
    expect(refused).toBe(0);
    const found = recorded(world.records, 'in');
    // Each trace is one request here, so that it has one set of workers.
    for (const byProcess of found.values()) expect(byProcess.size).toBe(1);
    expect(await world.gateway.stop()).toBe(0);
    expect(world.gateway.output()).toContain('The ledger balances');
  },
);

interface FinalRow {
  readonly id: string;
}

/** The rows that are logged at the end. */
function finalLedger({ output }: Program): Map<string, FinalRow> {
  const line =
    output()
      .split('\n')
      .find((text) => text.includes('The ledger balances')) ?? '';
  const { ledger } = JSON.parse(line.slice(line.indexOf('{'))) as { readonly ledger: readonly FinalRow[] };
  return new Map(ledger.map((row) => [row.id, row]));
}

/** An endpoint that is scraped and something of the host, both of which run once. */
async function startedOnce(): Promise<{
  readonly gateway: Program;
  readonly grpc: number;
  readonly http: number;
  readonly total: number;
  readonly lock: string;
}> {
  const [grpc = 0, http = 0, total = 0] = await freePorts(3);
  const lock = path.join(fs.mkdtempSync(path.join(folder, 'once-')), 'lock');
  const gateway = await startProgram(
    JSON.stringify({
      receivers: {
        otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${grpc}` }, http: { endpoint: `127.0.0.1:${http}` } } },
        once_ticker: { lock },
      },
      exporters: { once_total: { port: total } },
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: { traces: { receivers: ['otlp', 'once_ticker'], exporters: ['once_total'] } },
      },
    }),
    { args: ['--workers', '3'], cli },
  );
  stops.push(() => gateway.stop('SIGKILL'));
  return { gateway, grpc, http, total, lock };
}

interface Scrape {
  readonly pid: number;
  readonly items: number;
}

/** Scrapes until the page is `wanted`. A connection on its way to a worker that is killed just then gets no reply. */
async function scraped(port: number, what: string, wanted: (page: Scrape) => boolean): Promise<Scrape> {
  let page: Scrape | undefined;
  await until(what, async () => {
    // real time: a scrape that gets no reply is given up and made again.
    const reply = fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5000) });
    page = await reply.then(
      async (response) => (await response.json()) as Scrape,
      () => undefined,
    );
    return page !== undefined && wanted(page);
  });
  return page!;
}

test('what runs once runs in one worker, and shows the data of all', { timeout: 180_000 }, async () => {
  const { gateway, grpc, http, total, lock } = await startedOnce();
  const first = Number(fs.readFileSync(lock, 'utf8'));
  expect(numberOf(first)).toBe(1);
  const spans = Array.from({ length: 1000 }, () => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
  }));
  const send = async (): Promise<void> => {
    for (const sender of encodedSenders(grpc, http)) {
      await until(`${sender.name} to be accepted`, () => sender.send(spans));
      sender.close();
    }
  };
  await send();
  const all = (page: Scrape): boolean => page.items >= 16_000;
  expect((await scraped(total, 'all items', all)).pid).toBe(first);

  // A replacement runs it on.
  process.kill(first, 'SIGKILL');
  const { pid: second } = await scraped(total, 'the replacement to show itself', ({ pid }) => pid !== first);
  expect(numberOf(second)).toBe(1);
  // It takes the lock as it begins to show itself.
  await until('the replacement to hold the lock', () => Number(fs.readFileSync(lock, 'utf8')) === second);
  await send();
  await scraped(total, 'all items', all);

  // After a reload it starts when it has stopped in the old set: the lock would refuse two.
  gateway.child.kill('SIGHUP');
  const { pid: third } = await scraped(total, 'worker 1 of the new set', ({ pid }) => pid !== second);
  await until('its receiver', () => fs.existsSync(lock) && Number(fs.readFileSync(lock, 'utf8')) === third);
  await send();
  await scraped(total, 'all items', all);
  // The new one begins when it has stopped in the old set, which may still have to end.
  await until('the old set to be gone', () => childrenOf(gateway.child.pid).length === 3);
  expect(await gateway.stop()).toBe(0);
  expect(gateway.output()).not.toContain('is taken');
  expect(gateway.output()).toContain('The ledger balances');
  const ledger = finalLedger(gateway);
  expect(ledger.get('exchange/once_total')).toMatchObject({ dropped: {} });
});
