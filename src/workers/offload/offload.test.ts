import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { Cancellation } from '../../component/cancellation.js';
import { namesOf, spans } from '../../../test/support/held-world.js';
import { until } from '../../../test/support/program.js';
import { systemClock } from '../../component/clock.js';
import { emptyContext, type Consumer, type RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { SharedByteBudget } from '../../runtime/memory/budget.js';
import type { Batch } from '../../otlp/batch.js';
import { Balancer } from './balancer.js';
import { batchFrame, batchOf, errorOf, FrameAssembler, frameOf, kind, replyHead, type BatchHead, type Frame } from './frames.js';
import { OffloadServer } from './server.js';
import { OffloadClient } from './client.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.map((end) => end % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

test('however frames are cut, they arrive as they were, batches with their index', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4000), { maxLength: 12 }), fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (at, names) => {
      const batch = spans(...names.map((_name, i) => `span-${i}`));
      const context: RequestContext = { metadata: new Map([['tenant', names]]), deadline: 150, peer: '127.0.0.1:1' };
      const bytes = Buffer.concat([...batchFrame(7, 'otlp/2', batch, context, 100), ...frameOf(kind.load, 4_000_000_000, undefined)]);
      const found: Frame[] = [];
      const assembler = new FrameAssembler((frame) => found.push(frame));
      for (const piece of cut(bytes, at)) assembler.push(piece);
      expect(found.map(({ kind: what, id }) => [what, id])).toEqual([
        [kind.batch, 7],
        [kind.load, 4_000_000_000],
      ]);
      const head = found[0]?.head as BatchHead;
      expect(head).toMatchObject({ receiver: 'otlp/2', signal: 'traces', left: 50, metadata: [['tenant', names]], peer: '127.0.0.1:1' });
      const arrived = batchOf(head, found[0]?.body ?? new Uint8Array());
      expect([namesOf(arrived), arrived.itemCount, arrived.index]).toEqual([namesOf(batch), batch.itemCount, batch.index]);
    }),
    { numRuns: 100 },
  );
  expect(() => new FrameAssembler(() => {}).push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow('a frame of 4294967295 bytes');
});

test('a refusal keeps its class, reason, status and time to come back', () => {
  const status = { code: 8, message: 'full', details: [Buffer.from([1, 2])] };
  const error = new DeliveryError('no room', { class: 'retryable', reason: 'queue_full', local: true, retryAfterMs: 5, status });
  const { message, class: kindOf, reason, local, retryAfterMs, status: again } = errorOf(replyHead(error));
  expect({ message, kindOf, reason, local, retryAfterMs, again }).toEqual({
    ...{ message: 'no room', kindOf: 'retryable', reason: 'queue_full', local: true, retryAfterMs: 5, again: status },
  });
  expect(errorOf(replyHead(new TypeError('oops')))).toMatchObject({ class: 'permanent', reason: 'internal_error' });
});

/** Two ends of one connection between workers. */
async function pair(
  next: Consumer | undefined,
  budget = 1 << 20,
): Promise<{ peer: OffloadClient; server: () => OffloadServer; written: () => number; budget: SharedByteBudget }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kanmon-hand-over-'));
  let server: OffloadServer | undefined;
  let written = 0;
  const shared = new SharedByteBudget(budget);
  const listener = net.createServer((socket) => {
    server = new OffloadServer(socket, { clock: systemClock, budget: shared, entry: () => next, write: () => void written++ }, () => {});
  });
  await new Promise<void>((resolve) => void listener.listen(path.join(folder, 's'), () => resolve()));
  const socket = net.connect(path.join(folder, 's'));
  const peer = new OffloadClient(socket, () => {});
  await until('the connection', () => server !== undefined);
  open.push(() => {
    peer.close();
    listener.close();
    return rm(folder, { recursive: true, force: true });
  });
  return { peer, server: () => server as OffloadServer, written: () => written, budget: shared };
}

test('a batch that is handed over ends as it ended there, with the books on file before the answer', async () => {
  const taken: string[][] = [];
  let outcome: Error | undefined;
  const { peer, written, budget } = await pair({
    consume(batch: Batch, context) {
      expect(context.metadata.get('tenant')).toEqual(['a']);
      taken.push(namesOf(batch));
      return outcome ? Promise.reject(outcome) : Promise.resolve();
    },
  });
  const context: RequestContext = { metadata: new Map([['tenant', ['a']]]) };
  expect(await peer.consume('otlp', spans('x', 'y'), context, 0)).toBe(true);
  expect([taken, written(), budget.used]).toEqual([[['x', 'y']], 1, 0]);
  outcome = new DeliveryError('full', { class: 'retryable', reason: 'queue_full', local: true });
  await expect(peer.consume('otlp', spans('z'), context, 0)).rejects.toMatchObject({ reason: 'queue_full', local: true });
});

test('who can take nothing declines, and the batch stays where it is', async () => {
  const ending = await pair(undefined);
  expect(await ending.peer.consume('otlp', spans('x'), emptyContext, 0)).toBe(false);
  const full = await pair({ consume: () => Promise.resolve() }, 10);
  expect(await full.peer.consume('otlp', spans('x'), emptyContext, 0)).toBe(false);
});

test('a sender that leaves is known on the other side, and a worker that dies is a reason to come again', async () => {
  let gone = false;
  const { peer, server } = await pair({
    consume: (_batch, context) =>
      new Promise((_resolve, reject) =>
        context.signal?.addEventListener('abort', () => {
          gone = true;
          reject(new DeliveryError('gone', { class: 'retryable', reason: 'cancelled' }));
        }),
      ),
  });
  const leaving = new Cancellation();
  const first = peer.consume('otlp', spans('x'), { ...emptyContext, signal: leaving }, 0);
  await until('the batch', () => server().busy === 1);
  leaving.abort('sender');
  await expect(first).rejects.toMatchObject({ reason: 'cancelled' });
  expect(gone).toBe(true);
  const second = peer.consume('otlp', spans('y'), emptyContext, 0);
  await until('the batch', () => server().busy === 1);
  server().close();
  await expect(second).rejects.toMatchObject({ class: 'retryable', reason: 'worker_died', local: true });
  expect(peer.hasRoom(1)).toBe(false);
});

test('who gets nearly everything hands the part above the mean over; with even senders nothing is', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kanmon-balancer-'));
  const counts = [0, 0];
  const make = async (i: number): Promise<{ balancer: Balancer; entry: Consumer }> => {
    const budget = new SharedByteBudget(1 << 24);
    const balancer = new Balancer({
      path: path.join(folder, `w${i}`),
      clock: systemClock,
      random: Math.random,
      budget,
      write: () => {},
      load: () => 1,
    });
    const entry = balancer.between('otlp', 'traces', {
      consume: () => {
        counts[i] = (counts[i] ?? 0) + 1;
        return Promise.resolve();
      },
    });
    await balancer.start();
    open.push(() => balancer.close());
    return { balancer, entry };
  };
  const [a, b] = [await make(0), await make(1)];
  open.unshift(() => rm(folder, { recursive: true, force: true }));
  const paths = [path.join(folder, 'w0'), path.join(folder, 'w1')];
  for (const { balancer } of [a, b]) balancer.setPeers(paths);
  const send = async (entries: readonly Consumer[], batches: number): Promise<void> => {
    for (let n = 0; n < batches; n++) {
      for (const entry of entries) await entry.consume(spans('x'), emptyContext);
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await until('half of it to be handed over', async () => {
    counts.fill(0);
    await send([a.entry], 400);
    return (counts[1] ?? 0) > 100;
  });
  expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(400);
  await until('nothing more to be handed over', async () => {
    const before = a.balancer.handedOver + b.balancer.handedOver;
    await send([a.entry, b.entry], 400);
    return a.balancer.handedOver + b.balancer.handedOver === before;
  });
  await b.balancer.stop(AbortSignal.timeout(1000));
  const at = counts[1] ?? 0;
  await send([a.entry], 400);
  expect(counts[1]).toBe(at);
});
