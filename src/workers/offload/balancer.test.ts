import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { HeldClock, spans } from '../../../test/support/held-world.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import { SharedByteBudget } from '../../runtime/memory/budget.js';
import { Links, type PeerAddress } from '../links/links.js';
import { Balancer } from './balancer.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

const name = 'receiver traces otlp';
const batch = spans('x');

interface Worker {
  readonly balancer: Balancer;
  readonly entry: Consumer;
  readonly links: Links;
  readonly address: PeerAddress;
  /** Batches that it handed on. */
  count: number;
}

/** Two workers that are connected, on a clock that the test moves; `load` is how busy both are. */
async function pair(load: { now: number }): Promise<{ workers: [Worker, Worker]; clock: HeldClock }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kanmon-balancer-'));
  open.push(() => rm(folder, { recursive: true, force: true }));
  const clock = new HeldClock();
  let chance = 0;
  // Spreads evenly over 0 to 1, so that a share is what it says over a few batches.
  const random = (): number => (chance = (chance + 0.618034) % 1);
  const make = async (number: number): Promise<Worker> => {
    const address: PeerAddress = { number, path: path.join(folder, `w${number}`), phase: 'ready' };
    const budget = new SharedByteBudget(1 << 24);
    const links = new Links({ ...address, clock, budget, writeBooks: () => {} });
    const balancer = new Balancer({ links, clock, random, load: () => load.now });
    const next: Consumer = {
      consume: () => {
        worker.count++;
        return Promise.resolve();
      },
    };
    const entry = balancer.between({ name, signal: 'traces', tracer: undefined, next });
    const worker: Worker = { balancer, entry, links, address, count: 0 };
    await links.listen();
    open.push(() => links.shutdown());
    return worker;
  };
  const workers: [Worker, Worker] = [await make(1), await make(2)];
  for (const { links } of workers) links.setPeers(workers.map(({ address }) => address));
  for (const { links } of workers)
    await expect.poll(() => links.readyClients().map((client) => client.accepts(name))).toEqual([true]);
  return { workers, clock };
}

/** Sends so many batches to each, and lets them exchange what they received and set their shares anew. */
async function send({ workers, clock }: Awaited<ReturnType<typeof pair>>, amounts: [number, number]): Promise<void> {
  for (const [i, { entry }] of workers.entries())
    for (let n = 0; n < amounts[i]!; n++) await entry.consume(batch, emptyContext);
  await clock.pass(100);
  const received = amounts.map((amount) => amount * batch.bytes.byteLength);
  const told = (): unknown[] => workers.map(({ links }) => links.readyClients()[0]?.received);
  await expect.poll(told).toEqual(received.toReversed());
}

test('a worker that receives everything offloads what is above the mean; even load stays', async () => {
  const load = { now: 1 };
  const both = await pair(load);
  const [a, b] = both.workers;
  for (let n = 0; n < 12; n++) await send(both, [40, 0]);
  const before = [a.count, b.count];
  await send(both, [400, 0]);
  const [kept, offloaded] = [a.count - before[0]!, b.count - before[1]!];
  expect(kept + offloaded).toBe(400);
  expect(offloaded).toBeGreaterThan(190);
  expect(offloaded).toBeLessThan(210);

  // Each learns of a change behind its own decision about it.
  for (let n = 0; n < 2; n++) await send(both, [40, 40]);
  const still = a.balancer.offloaded + b.balancer.offloaded;
  for (let n = 0; n < 3; n++) await send(both, [40, 40]);
  expect(a.balancer.offloaded + b.balancer.offloaded).toBe(still);
});

test('a worker that is not busy keeps its batches, and one that stops is sent no more', async () => {
  const load = { now: 0.7 };
  const both = await pair(load);
  const [a, b] = both.workers;
  for (let n = 0; n < 5; n++) await send(both, [40, 0]);
  expect(a.balancer.offloaded).toBe(0);
  load.now = 0.8;
  for (let n = 0; n < 5; n++) await send(both, [40, 0]);
  expect(a.balancer.offloaded).toBeGreaterThan(0);
  await b.balancer.stop(new AbortController().signal);
  const at = b.count;
  for (let n = 0; n < 5; n++) await send(both, [40, 0]);
  expect([b.count, a.count + b.count]).toEqual([at, 600]);
});
