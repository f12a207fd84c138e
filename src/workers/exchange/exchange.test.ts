import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import {
  HeldClock,
  heldWorld,
  manySpans,
  namesOf,
  spans,
  type HeldWorld,
  type TestBooks,
} from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { until } from '../../../test/support/program.js';
import { Cancellation } from '../../component/cancellation.js';
import { emptyContext, type RequestContext } from '../../component/consumer.js';
import { DeliveryError, type DeliveryErrorOptions } from '../../component/delivery-error.js';
import { Batch } from '../../otlp/batch.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import type { ExchangeEntry } from '../../pipeline/worker-links.js';
import { SharedByteBudget } from '../../runtime/memory/budget.js';
import { Links, type PeerAddress } from '../links/links.js';
import { Exchange } from './exchange.js';
import { evenOwners, partitionRoute } from './partition-route.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

const entryName = 'processor traces test';

/** One worker of a set, all of them in this process, with real sockets between them. */
interface Member {
  readonly number: number;
  readonly links: Links;
  readonly exchange: Exchange;
  readonly books: TestBooks;
  readonly lines: HeldWorld['lines'];
  readonly budget: SharedByteBudget;
  readonly address: PeerAddress;
  /** The batches that its component received, copied. */
  readonly received: Batch[];
  /** The action of the component on a batch. */
  respond: (batch: Batch, context: RequestContext) => Promise<void>;
}

interface World {
  readonly folder: string;
  readonly clock: HeldClock;
  readonly together: ExchangeEntry['together'];
  readonly signal: Signal;
  readonly count: number;
  sockets: number;
}

async function world(count: number, together: ExchangeEntry['together'], signal: Signal = 'traces'): Promise<World> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kanmon-exchange-'));
  open.push(() => rm(folder, { recursive: true, force: true }));
  return { folder, clock: new HeldClock(), together, signal, count, sockets: 0 };
}

async function member(of: World, number: number): Promise<Member> {
  const { clock, signal, together, count } = of;
  const { books, context, lines } = heldWorld({ signal });
  const budget = new SharedByteBudget(1 << 28);
  const address: PeerAddress = { number, path: path.join(of.folder, `s${++of.sockets}`), phase: 'ready' };
  const links = new Links({ ...address, clock, budget, writeBooks: () => {} });
  const received: Batch[] = [];
  const component = {
    consume(batch: Batch, request: RequestContext): Promise<void> {
      received.push(new Batch(batch.signal, Uint8Array.from(batch.bytes), batch.itemCount));
      return made.respond(batch, request);
    },
  };
  const runs = together !== 'once' || number === 1;
  const exchange = new Exchange(
    {
      ...{ id: 'test', name: entryName, signal, together, component: runs ? component : undefined },
      ...{ ledger: context.ledger, logger: context.logger, meter: context.meter, tracer: undefined },
    },
    { links, workers: count, clock, budget },
  );
  const made: Member = {
    number,
    links,
    exchange,
    books,
    lines,
    budget,
    address,
    received,
    respond: () => Promise.resolve(),
  };
  await links.listen();
  open.push(() => links.shutdown());
  return made;
}

/** Starts all workers of a set and waits until they are connected. */
async function started(of: World): Promise<Member[]> {
  const members = await Promise.all(Array.from({ length: of.count }, (_, i) => member(of, i + 1)));
  for (const { exchange } of members) await exchange.start(hostWith());
  await connected(members);
  return members;
}

async function connected(members: readonly Member[]): Promise<void> {
  for (const { links } of members) links.setPeers(members.map(({ address }) => address));
  await until('the workers to be connected', () =>
    members.every((from) =>
      members.every((to) => from === to || from.links.client(to.number)?.accepts(entryName) === true),
    ),
  );
}

/** A span whose trace is owned by a worker, and others. */
function namesFor(count: number, worker: number, howMany: number): string[] {
  const route = partitionRoute('trace', 'traces');
  const owner = new Int32Array(1);
  const found: string[] = [];
  for (let i = 0; found.length < howMany; i++) {
    route(spans(`s${i}`), evenOwners(count), owner);
    if (owner[0] === worker - 1) found.push(`s${i}`);
  }
  return found;
}

const byNumber = (a: number, b: number): number => a - b;

const failing = (options: Partial<DeliveryErrorOptions>) => (): Promise<void> =>
  Promise.reject(new DeliveryError('no', { class: 'retryable', reason: 'queue_full', ...options }));

test('every trace is in one worker, whichever received its spans, and every span arrives once', async () => {
  const members = await started(await world(3, 'trace'));
  const names = Array.from({ length: 600 }, (_, i) => `s${i}`);
  // Each name is a trace with a span in each of three requests to three workers.
  await Promise.all(
    members.flatMap(({ exchange }) =>
      [0, 1, 2].map((n) => exchange.consume(spans(...names.slice(n * 200, n * 200 + 200)), emptyContext)),
    ),
  );
  const found = members.map(({ received }) => received.flatMap(namesOf));
  for (const name of names)
    expect(found.map((all) => all.filter((one) => one === name).length).toSorted(byNumber)).toEqual([0, 0, 3]);
  // An even share is 600.
  for (const all of found) expect(all.length).toBeGreaterThan(450);
  for (const { books, budget } of members)
    expect([books.inItems, books.outItems, books.balance, budget.used]).toEqual([600, 600, 0, 0]);
});

const keys: (readonly [Exclude<ExchangeEntry['together'], 'once'>, Signal])[] = [
  ['trace', 'traces'],
  ['service', 'traces'],
  ['service', 'logs'],
  ['service', 'metrics'],
  ['resource', 'traces'],
  ['resource', 'logs'],
  ['resource', 'metrics'],
  ['stream', 'metrics'],
];

test.each(keys)('by %s, %s: whichever worker receives a batch, the same worker has each part', async (by, signal) => {
  const members = await started(await world(3, by, signal));
  await fc.assert(
    fc.asyncProperty(arbitraryOtlp(signal), async (bytes) => {
      const batch = validate(signal, Uint8Array.from(bytes));
      const seen: string[][] = [];
      for (const { exchange } of members) {
        for (const { received } of members) received.length = 0;
        await exchange.consume(batch, emptyContext);
        expect(
          members.reduce((sum, { received }) => sum + received.reduce((n, part) => n + part.itemCount, 0), 0),
        ).toBe(batch.itemCount);
        if (batch.itemCount > 0)
          seen.push(
            members.map(({ received }) => received.map((part) => Buffer.from(part.bytes).toString('hex')).join()),
          );
      }
      for (const one of seen) expect(one).toEqual(seen[0]);
    }),
    { numRuns: 60 },
  );
});

test('log records without a trace ID stay where they are; those with one move', async () => {
  const members = await started(await world(2, 'trace', 'logs'));
  const varint = (field: number, body: Uint8Array): Buffer =>
    Buffer.concat([Buffer.from([field * 8 + 2, body.length]), body]);
  const request = (...ids: readonly Uint8Array[]): Batch =>
    validate(
      'logs',
      Uint8Array.from(
        varint(1, varint(2, Buffer.concat(ids.map((id) => varint(2, id.length > 0 ? varint(9, id) : id))))),
      ),
    );
  for (const { exchange } of members)
    await exchange.consume(request(new Uint8Array(), new Uint8Array(16)), emptyContext);
  expect(members.map(({ received }) => received.map(({ itemCount }) => itemCount))).toEqual([[2], [2]]);
  for (const { exchange } of members) await exchange.consume(request(Buffer.alloc(16, 7)), emptyContext);
  expect(members.map(({ received }) => received.length).toSorted(byNumber)).toEqual([1, 3]);
});

test('only the part that its owner refused comes back, and the books say so', async () => {
  const [a, b] = (await started(await world(2, 'trace'))) as [Member, Member];
  const own = namesFor(2, 1, 3);
  const far = namesFor(2, 2, 2);
  b.respond = failing({ retryAfterMs: 7, status: { code: 14, message: 'later', details: [] } });
  const error = await a.exchange.consume(spans(...own, ...far), emptyContext).catch((failure: unknown) => failure);
  expect(error).toMatchObject({ class: 'retryable', reason: 'queue_full', retryAfterMs: 7, status: { code: 14 } });
  expect(namesOf((error as DeliveryError).remaining as Batch)).toEqual(far);
  expect([a.books.inItems, a.books.outItems, a.books.returnedItems]).toEqual([5, 3, { queue_full: 2 }]);
  expect([a.books.balance, a.budget.used, b.budget.used]).toEqual([0, 0, 0]);
});

test('what one worker refused for good is dropped, so that the rest can be tried again', async () => {
  const [a, b] = (await started(await world(2, 'trace'))) as [Member, Member];
  const own = namesFor(2, 1, 3);
  const far = namesFor(2, 2, 2);
  a.respond = failing({ reason: 'memory_limit', local: true });
  b.respond = failing({ class: 'permanent', reason: 'backend_refused' });
  const error = await a.exchange.consume(spans(...own, ...far), emptyContext).catch((failure: unknown) => failure);
  expect(error).toMatchObject({ class: 'retryable', reason: 'memory_limit' });
  expect(namesOf((error as DeliveryError).remaining as Batch)).toEqual(own);
  expect([a.books.returnedItems, a.books.droppedItems, a.books.balance]).toEqual([
    { memory_limit: 3 },
    { backend_refused: 2 },
    0,
  ]);
  expect(a.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  a.respond = b.respond;
  const final = await a.exchange.consume(spans(...own, ...far), emptyContext).catch((failure: unknown) => failure);
  expect(final).toMatchObject({ class: 'permanent', reason: 'backend_refused' });
  expect([a.books.returnedItems, a.books.balance]).toEqual([{ memory_limit: 3, backend_refused: 5 }, 0]);
});

test('what fan-outs in two workers did not take is resumed in both', async () => {
  const [a, b] = (await started(await world(2, 'trace'))) as [Member, Member];
  const resumed: number[] = [];
  for (const { number } of [a, b]) {
    const resume = (): Promise<void> => {
      resumed.push(number);
      return Promise.resolve();
    };
    [a, b][number - 1]!.respond = failing({ resume });
  }
  const batch = spans(...namesFor(2, 1, 2), ...namesFor(2, 2, 2));
  const error = (await a.exchange.consume(batch, emptyContext).catch((failure: unknown) => failure)) as DeliveryError;
  await error.resume?.(emptyContext);
  expect(resumed.toSorted(byNumber)).toEqual([1, 2]);
  expect([a.received.length, b.received.length]).toEqual([1, 1]);
  expect([a.books.inItems, a.books.outItems, a.books.balance]).toEqual([8, 4, 0]);
});

test('items of a worker that died wait for its replacement, and are refused when that takes too long', async () => {
  const set = await world(2, 'trace');
  const [a, b] = (await started(set)) as [Member, Member];
  const far = namesFor(2, 2, 2);
  await b.links.shutdown();
  a.links.setPeers([a.address]);
  await until('the connection to end', () => a.links.client(2) === undefined);
  const waiting = a.exchange.consume(spans(far[0] ?? ''), emptyContext);
  const replacement = await member(set, 2);
  await replacement.exchange.start(hostWith());
  await connected([a, replacement]);
  await waiting;
  expect(replacement.received.flatMap(namesOf)).toEqual([far[0]]);

  await replacement.links.shutdown();
  a.links.setPeers([a.address]);
  await until('the connection to end', () => a.links.client(2) === undefined);
  const late = a.exchange.consume(spans(far[1] ?? ''), emptyContext).catch((failure: unknown) => failure);
  await set.clock.pass(5000);
  expect(await late).toMatchObject({
    class: 'retryable',
    reason: 'worker_unavailable',
    local: true,
    retryAfterMs: 1000,
  });
  // A sender that leaves, and one whose deadline passes.
  const signal = new Cancellation();
  const left = a.exchange
    .consume(spans(far[1] ?? ''), { ...emptyContext, signal })
    .catch((failure: unknown) => failure);
  const over = a.exchange
    .consume(spans(far[1] ?? ''), { ...emptyContext, deadline: set.clock.now() + 100 })
    .catch((failure: unknown) => failure);
  signal.abort('sender');
  expect(await left).toMatchObject({ reason: 'cancelled' });
  await set.clock.pass(100);
  expect(await over).toMatchObject({ reason: 'deadline_exceeded' });
  // Nobody replaces a worker any more.
  a.links.beginEnd();
  await expect(a.exchange.consume(spans(far[1] ?? ''), emptyContext)).rejects.toMatchObject({
    reason: 'worker_unavailable',
  });
  expect(a.books.balance).toBe(0);
});

test('a slow worker pushes back: bytes in flight and bytes that wait are bounded, and more is refused', async () => {
  const set = await world(2, 'trace');
  const [a, b] = (await started(set)) as [Member, Member];
  const [name = ''] = namesFor(2, 2, 1);
  const small = spans(name);
  const mib = 1024 * 1024;
  // An unknown field makes it large.
  const large = validate(
    'traces',
    Buffer.concat([small.bytes, Buffer.from([0x9a, 0x7d, 0x80, 0x80, 0x80, 0x01]), Buffer.alloc(2 * mib)]),
  );
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  b.respond = () => gate;
  const outcomes: string[] = [];
  const sent = Array.from({ length: 20 }, () =>
    a.exchange.consume(large, emptyContext).then(
      () => outcomes.push('taken'),
      (error: unknown) => outcomes.push((error as DeliveryError).reason),
    ),
  );
  // 7 of a little more than 2 MiB fit into 16 MiB, and 7 wait behind them.
  await until('what has no room to be refused', () => outcomes.length === 6);
  expect(new Set(outcomes)).toEqual(new Set(['exchange_full']));
  await until('what has room to be in the other worker', () => b.received.length === 7);
  // As long as the worker is there, its sender decides how long it waits.
  await set.clock.pass(20_000);
  expect(outcomes).toHaveLength(6);
  release();
  await Promise.all(sent);
  expect([outcomes.filter((outcome) => outcome === 'taken').length, b.received.length, a.books.balance]).toEqual([
    14, 14, 0,
  ]);
});

test('what runs once is handed everything in worker 1, and waited for until it has started', async () => {
  const set = await world(3, 'once');
  const members = await Promise.all([1, 2, 3].map((number) => member(set, number)));
  const [first] = members as [Member];
  for (const { links } of members) links.setPeers(members.map(({ address }) => address));
  const waiting = members.map(({ exchange }, i) => exchange.consume(spans(`s${i}`), emptyContext));
  for (const { exchange } of members) await exchange.start(hostWith());
  await Promise.all(waiting);
  expect(members.map(({ received }) => received.flatMap(namesOf).sort())).toEqual([['s0', 's1', 's2'], [], []]);
  expect(first.books.outItems).toBe(1);
});

test('a component stops when no worker sends it anything more, and what they sent is done', async () => {
  const set = await world(2, 'trace');
  const [a, b] = (await started(set)) as [Member, Member];
  let release: () => void = () => {};
  b.respond = () => new Promise((resolve) => (release = resolve));
  const [name = ''] = namesFor(2, 2, 1);
  const sent = a.exchange.consume(spans(name), emptyContext);
  await until('the part to be there', () => b.received.length === 1);
  const stopped: string[] = [];
  const deadline = new AbortController();
  const stop = ({ exchange }: Member, what: string): Promise<unknown> =>
    exchange.shutdown(deadline.signal).then(() => stopped.push(what));
  const all = [stop(b, 'b')];
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toEqual([]);
  all.push(stop(a, 'a'));
  await until('the one without senders', () => stopped.includes('a'));
  expect(stopped).toEqual(['a']);
  release();
  await sent;
  await Promise.all(all);
  expect(stopped).toEqual(['a', 'b']);
  // Later batches are refused, as no worker is replaced any more.
  await expect(a.exchange.consume(spans(name), emptyContext)).rejects.toMatchObject({ reason: 'worker_unavailable' });
});

test('a worker that is gone is not waited for at the end, and the deadline ends the wait for the others', async () => {
  const set = await world(3, 'trace');
  const [a, b] = (await started(set)) as [Member, Member, Member];
  await b.links.shutdown();
  const deadline = new AbortController();
  let stopped = false;
  const stop = a.exchange.shutdown(deadline.signal).then(() => (stopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  deadline.abort();
  await stop;
});

test('a signal without the key is refused when the graph is built', () => {
  expect(() => partitionRoute('stream', 'traces')).toThrow("several workers can't partition traces by stream");
  expect(() => partitionRoute('trace', 'profiles')).toThrow('profiles by trace');
});

test('a large request is cut in several turns, and every span arrives once', async () => {
  const members = await started(await world(2, 'trace'));
  const [first] = members as [Member, Member];
  const large = manySpans();
  const done = first.exchange.consume(large, emptyContext);
  expect(first.received).toEqual([]);
  await done;
  const found = members.map(({ received }) => received.flatMap(namesOf));
  for (const all of found) expect(all.length).toBeGreaterThan(60_000);
  expect(new Set(found.flat()).size).toBe(140_000);
  expect(found.flat()).toHaveLength(140_000);
  expect([first.books.outItems, first.books.balance, first.budget.used]).toEqual([140_000, 0, 0]);
});
