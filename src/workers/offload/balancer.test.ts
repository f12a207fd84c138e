import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { spans } from '../../../test/support/held-world.js';
import { until } from '../../../test/support/program.js';
import { systemClock } from '../../component/clock.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import { SharedByteBudget } from '../../runtime/memory/budget.js';
import { Links, type PeerAddress } from '../links/links.js';
import { Balancer } from './balancer.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

test('a worker that receives nearly everything offloads what is above the mean; even load stays', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kanmon-balancer-'));
  open.push(() => rm(folder, { recursive: true, force: true }));
  const counts = [0, 0];
  const make = async (
    i: number,
  ): Promise<{ balancer: Balancer; entry: Consumer; links: Links; address: PeerAddress }> => {
    const address: PeerAddress = { number: i + 1, path: path.join(folder, `w${i}`), phase: 'ready' };
    const budget = new SharedByteBudget(1 << 24);
    const links = new Links({ ...address, clock: systemClock, budget, writeBooks: () => {} });
    const balancer = new Balancer({ links, clock: systemClock, random: Math.random, load: () => 1 });
    const entry = balancer.between({
      name: 'receiver traces otlp',
      signal: 'traces',
      tracer: undefined,
      next: {
        consume: () => {
          counts[i] = (counts[i] ?? 0) + 1;
          return Promise.resolve();
        },
      },
    });
    await links.listen();
    open.push(() => links.shutdown());
    return { balancer, entry, links, address };
  };
  const [a, b] = [await make(0), await make(1)];
  for (const { links } of [a, b]) links.setPeers([a.address, b.address]);
  const send = async (entries: readonly Consumer[], batches: number): Promise<void> => {
    for (let n = 0; n < batches; n++) {
      for (const entry of entries) await entry.consume(spans('x'), emptyContext);
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await until('half of it to be offloaded', async () => {
    counts.fill(0);
    await send([a.entry], 400);
    return (counts[1] ?? 0) > 100;
  });
  expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(400);
  await until('nothing more to be offloaded', async () => {
    const before = a.balancer.offloaded + b.balancer.offloaded;
    await send([a.entry, b.entry], 400);
    return a.balancer.offloaded + b.balancer.offloaded === before;
  });
  await b.balancer.stop(AbortSignal.timeout(1000));
  const at = counts[1] ?? 0;
  await send([a.entry], 400);
  expect(counts[1]).toBe(at);
});
