import { expect, test } from 'vitest';
import { hostWith } from '../../test/support/host.js';
import { makeClient, startBackend, type Backend } from '../../test/support/backend.js';
import { heldWorld, total, type HeldWorld, type TestBooks } from '../../test/support/held-world.js';
import { encodeSpans } from '../../test/support/otlp.js';
import { freePorts } from '../../test/support/program.js';
import type { Exporter, Receiver } from '../component/define.js';
import { definition as otlpGrpc } from '../exporters/otlp_grpc/index.js';
import { definition as otlp } from '../receivers/otlp/index.js';

interface Pipeline {
  readonly receiver: Receiver;
  readonly exporter: Exporter;
  readonly books: TestBooks;
  readonly client: ReturnType<typeof makeClient>;
}

/** A receiver and an exporter with a queue, as a service of several pipelines has them. */
async function pipeline(id: string, { port }: Backend, shared: HeldWorld): Promise<Pipeline> {
  const { budget, context, clock } = shared;
  const { books, context: mine } = heldWorld({ id });
  const own = { ...mine, budget, clock, logger: context.logger };
  // No time limit: the backend would keep it by the real clock, and the retry would wait for the held one.
  const target = { endpoint: `127.0.0.1:${port}`, compression: 'none', tls: { insecure: true }, timeout: 0 };
  const exporter = await otlpGrpc.create(otlpGrpc.config.parse(target), own);
  await exporter.start?.(hostWith());
  const [listen] = (await freePorts(1)) as [number];
  const receiver = await otlp.create(
    otlp.config.parse({ protocols: { grpc: { endpoint: `127.0.0.1:${listen}` } } }),
    own,
    exporter,
  );
  await receiver.start?.(hostWith());
  return { receiver, exporter, books, client: makeClient(listen) };
}

test.each([0, 20])(
  'a backend that is dead leaves the memory that another pipeline needs, %d idle ones',
  async (idle) => {
    const [dead, living] = await Promise.all([startBackend(), startBackend()]);
    dead.refuseWith(14);
    const world = heldWorld({ budget: 24 << 20 });
    const idling = Array.from({ length: idle }, (_, i) => world.budget.share(`exporter idle/${i}`));
    const [first, second] = [await pipeline('dead', dead, world), await pipeline('living', living, world)];
    const large = encodeSpans(
      [{ traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13' }],
      'x'.repeat(3 << 20),
    );
    try {
      let accepted = 0;
      while ((await first.client.send(large)) === 0) accepted++;
      expect(accepted).toBeGreaterThan(0);
      for (let sent = 1; sent <= 20; sent++) {
        expect(await second.client.send(large)).toBe(0);
        // The exporter gives the memory back with the answer, which comes after the backend has counted.
        const held = (): number => total(second.books.heldItems);
        await expect.poll(() => [living.accepted.get('051581bf3cb55c13'), held()]).toEqual([sent, 0]);
      }
      expect(world.budget.used).toBeLessThanOrEqual(world.budget.limit);
    } finally {
      for (const { client, receiver, exporter } of [first, second]) {
        client.close();
        await receiver.shutdown?.(AbortSignal.abort());
        await exporter.shutdown?.(AbortSignal.abort());
      }
      for (const share of idling) share.close();
      await Promise.all([dead, living].map((backend) => backend.close()));
    }
    expect(world.budget.used).toBe(0);
  },
);
