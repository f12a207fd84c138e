import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { HeldClock, namesOf, spans } from '../../../test/support/held-world.js';
import { until } from '../../../test/support/program.js';
import { Cancellation, type CancelReason } from '../../component/cancellation.js';
import { systemClock } from '../../component/clock.js';
import { emptyContext, type Consumer, type RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Span, Tracer } from '../../component/tracer.js';
import type { Batch } from '../../otlp/batch.js';
import { SharedByteBudget } from '../../runtime/memory/budget.js';
import { LinkClient } from './client.js';
import { FrameAssembler, frameOf, kind, type Frame } from './frames.js';
import { failureHead, deliveryErrorFrom } from './outcome.js';
import { batchOf, batchParts, contextOf, type BatchHead } from './request.js';
import { Resumables } from './resumable.js';
import { LinkServer } from './server.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.map((end) => end % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

const span: Span = {
  context: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true, state: 'a=b' },
  set() {},
  event() {},
  fail() {},
  end() {},
};

test('however frames are cut, they arrive as they were, with all that travels beside a batch', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(4000), { maxLength: 12 }),
      fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (at, names, indexed) => {
        const batch = spans(...names.map((_name, i) => `span-${i}`));
        const sent = indexed
          ? batch
          : batchOf({ entry: '', signal: 'traces', items: batch.itemCount, metadata: [] }, batch.bytes);
        const context: RequestContext = {
          metadata: new Map([['tenant', names]]),
          grpcMetadata: () => new Map([['x', names]]),
          auth: new Map<string, unknown>([['subject', { roles: names }]]),
          deadline: 150,
          peer: '127.0.0.1:1',
          receiver: 'otlp/2',
          span,
        };
        const { head: before, parts } = batchParts('receiver traces otlp/2', sent, context, 100);
        const bytes = Buffer.concat([...frameOf(kind.batch, 7, before, parts), ...frameOf(kind.load, 4_000_000_000)]);
        const found: Frame[] = [];
        const assembler = new FrameAssembler((frame) => found.push(frame));
        for (const piece of cut(bytes, at)) assembler.push(piece);
        expect(found.map(({ kind: what, id }) => [what, id])).toEqual([
          [kind.batch, 7],
          [kind.load, 4_000_000_000],
        ]);
        const head = found[0]?.head as BatchHead;
        expect(head).toMatchObject({ entry: 'receiver traces otlp/2', signal: 'traces', span: span.context });
        expect(head.index !== undefined).toBe(indexed);
        const signal = new Cancellation();
        const { metadata, auth, deadline, peer, receiver } = context;
        const { grpcMetadata, ...others } = contextOf(head, 1000, signal);
        expect(grpcMetadata?.()).toEqual(context.grpcMetadata?.());
        expect(others).toEqual({
          metadata,
          auth,
          peer,
          receiver,
          signal,
          deadline: 1000 + ((deadline ?? 0) - 100),
        });
        const arrived = batchOf(head, found[0]?.body ?? new Uint8Array());
        expect([namesOf(arrived), arrived.itemCount, arrived.index]).toEqual([
          namesOf(batch),
          batch.itemCount,
          batch.index,
        ]);
      },
    ),
    { numRuns: 100 },
  );
  expect(() => new FrameAssembler(() => {}).push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(
    'a frame of 4294967295 bytes',
  );
});

test('a refusal keeps its class, reason, status and time to come back', () => {
  const batch = spans('x', 'y');
  const status = { code: 8, message: 'full', details: [Buffer.from([1, 2])] };
  const error = new DeliveryError('no room', {
    class: 'retryable',
    reason: 'queue_full',
    local: true,
    retryAfterMs: 5,
    status,
  });
  const {
    message,
    class: kindOf,
    reason,
    local,
    retryAfterMs,
    status: after,
  } = deliveryErrorFrom(failureHead(error, undefined), batch, new Uint8Array());
  expect({ message, kindOf, reason, local, retryAfterMs, after }).toEqual({
    ...{ message: 'no room', kindOf: 'retryable', reason: 'queue_full', local: true, retryAfterMs: 5, after: status },
  });
});

interface Pair {
  readonly client: LinkClient;
  readonly server: LinkServer;
  /** Batches in progress on the server's side. */
  busy(): number;
  written(): number;
  readonly budget: SharedByteBudget;
}

/** Two ends of one connection between workers; `next` is behind the entry `a`. */
async function pair(
  next: Consumer | undefined,
  options: { readonly budget?: number; readonly tracer?: Tracer } = {},
): Promise<Pair> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kanmon-links-'));
  let server: LinkServer | undefined;
  let written = 0;
  let busy = 0;
  const budget = new SharedByteBudget(options.budget ?? 1 << 20);
  const entry = next && {
    next,
    tracer: options.tracer,
    spanName: 'worker/offload',
    busy: (change: number) => void (busy += change),
  };
  const listener = net.createServer((socket) => {
    const serverOptions = {
      ...{ clock: systemClock, budget, entry: () => entry },
      ...{ writeBooks: () => void written++, onHello: () => {}, onEnd: () => {} },
    };
    server = new LinkServer(socket, serverOptions, () => {});
  });
  await new Promise<void>((resolve) => void listener.listen(path.join(folder, 's'), () => resolve()));
  const client = new LinkClient(net.connect(path.join(folder, 's')), {
    clock: systemClock,
    number: 1,
    changed: () => {},
  });
  await until('the connection', () => server !== undefined);
  open.push(() => {
    client.close();
    listener.close();
    return rm(folder, { recursive: true, force: true });
  });
  return { client, server: server as LinkServer, busy: () => busy, written: () => written, budget };
}

test('a batch ends as it ended in the other worker, with its books in their file before the reply', async () => {
  const taken: string[][] = [];
  let outcome: Error | undefined;
  const { client, written, budget } = await pair({
    consume(batch: Batch, context) {
      expect(context.metadata.get('tenant')).toEqual(['a']);
      expect(context.auth?.get('subject')).toBe('eve');
      taken.push(namesOf(batch));
      return outcome ? Promise.reject(outcome) : Promise.resolve();
    },
  });
  const context: RequestContext = { metadata: new Map([['tenant', ['a']]]), auth: new Map([['subject', 'eve']]) };
  expect(await client.send('a', spans('x', 'y'), context)).toEqual({ kind: 'taken' });
  expect([taken, written(), budget.used, client.bytesInFlight]).toEqual([[['x', 'y']], 1, 0, 0]);
  outcome = new DeliveryError('full', { class: 'retryable', reason: 'queue_full', local: true });
  expect(await client.send('a', spans('z'), context)).toMatchObject({
    kind: 'failed',
    error: { reason: 'queue_full', local: true },
  });
  expect(budget.used).toBe(0);
  outcome = new TypeError('oops');
  expect(await client.send('a', spans('z'), context)).toMatchObject({
    error: { class: 'permanent', reason: 'internal_error' },
  });
});

test('what a backend rejected is told in the worker of the sender, before the batch ends there', async () => {
  const { client } = await pair({
    consume: (_batch, { partial }) => Promise.resolve(partial?.rejected(2, 'too old')),
  });
  const told: unknown[] = [];
  const partial = { rejected: (items: number, message: string) => void told.push([items, message]) };
  expect(await client.send('a', spans('x', 'y'), { ...emptyContext, partial })).toEqual({ kind: 'taken' });
  expect(told).toEqual([[2, 'too old']]);
  // A sender that cannot be told does not mind.
  expect(await client.send('a', spans('x', 'y'), emptyContext)).toEqual({ kind: 'taken' });
});

test('the part that was not taken comes back as a batch, and a whole batch does not travel again', async () => {
  const rest = spans('y');
  let remaining: 'part' | 'whole' = 'part';
  const { client } = await pair({
    consume: (batch) =>
      Promise.reject(
        new DeliveryError('busy', {
          class: 'retryable',
          reason: 'backend_refused',
          remaining: remaining === 'part' ? rest : batch,
        }),
      ),
  });
  const partly = await client.send('a', spans('x', 'y'), emptyContext);
  expect(partly.kind === 'failed' && partly.error.remaining && namesOf(partly.error.remaining)).toEqual(['y']);
  remaining = 'whole';
  expect(await client.send('a', spans('x', 'y'), emptyContext)).toMatchObject({ error: { remaining: undefined } });
});

test('what a fan-out did not take is resumed in the worker that has it, as long as that is kept', async () => {
  const resumed: string[] = [];
  let refusing = true;
  const attempt = (name: string): Promise<void> => {
    resumed.push(name);
    if (!refusing) return Promise.resolve();
    const resume = (): Promise<void> => attempt('again');
    return Promise.reject(new DeliveryError('one branch', { class: 'retryable', reason: 'queue_full', resume }));
  };
  const { client, budget } = await pair({ consume: () => attempt('first') });
  const batch = spans('x');
  const first = await client.send('a', batch, emptyContext);
  const number = first.kind === 'failed' ? first.resume : undefined;
  expect(number).toBeTypeOf('number');
  expect(budget.used).toBeGreaterThan(0);
  const second = await client.resume(number ?? -1, batch, emptyContext);
  expect(second).toMatchObject({ kind: 'failed', error: { reason: 'queue_full' } });
  // It was used once, and failed with another one.
  expect(await client.resume(number ?? -1, batch, emptyContext)).toEqual({ kind: 'declined', why: 'closed' });
  refusing = false;
  const third = await client.resume((second.kind === 'failed' ? second.resume : undefined) ?? -1, batch, emptyContext);
  expect(third).toEqual({ kind: 'taken' });
  expect(resumed).toEqual(['first', 'again', 'again']);
  expect(budget.used).toBe(0);
});

test('what can be resumed is bounded in bytes and time', async () => {
  const clock = new HeldClock();
  const forgotten: number[] = [];
  const kept = new Resumables<{ readonly bytes: number; readonly name: number }>(
    clock,
    ({ name }) => void forgotten.push(name),
  );
  const mib = 1024 * 1024;
  expect(kept.keep(0, { bytes: 9 * mib, name: 0 })).toBe(false);
  for (const name of [1, 2, 3]) expect(kept.keep(name, { bytes: 3 * mib, name })).toBe(true);
  expect(forgotten).toEqual([1]);
  expect(kept.take(1)).toBeUndefined();
  expect(kept.take(2)?.name).toBe(2);
  expect(kept.take(2)).toBeUndefined();
  await clock.pass(60_000);
  expect(forgotten).toEqual([1, 3]);
});

test('a worker with a closed entry or without memory declines, and the batch stays where it is', async () => {
  const ending = await pair(undefined);
  expect(await ending.client.send('a', spans('x'), emptyContext)).toEqual({ kind: 'declined', why: 'closed' });
  const full = await pair({ consume: () => Promise.resolve() }, { budget: 10 });
  expect(await full.client.send('a', spans('x'), emptyContext)).toEqual({ kind: 'declined', why: 'memory' });
});

test.each<CancelReason>(['sender', 'deadline'])(
  'a request that is cancelled by its %s is cancelled in the other worker',
  async (reason) => {
    let cancelledBy: CancelReason | undefined;
    const { client, busy } = await pair({
      consume: (_batch, { signal }) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => {
            cancelledBy = signal.cancelledBy;
            reject(new DeliveryError('gone', { class: 'retryable', reason: 'cancelled' }));
          }),
        ),
    });
    const signal = new Cancellation();
    const first = client.send('a', spans('x'), { ...emptyContext, signal });
    await until('the batch', () => busy() === 1);
    signal.abort(reason);
    expect(await first).toMatchObject({ kind: 'failed', error: { reason: 'cancelled' } });
    expect(cancelledBy).toBe(reason);
    // One that was cancelled before it was sent.
    expect(await client.send('a', spans('y'), { ...emptyContext, signal })).toMatchObject({
      error: { reason: 'cancelled' },
    });
  },
);

test('a worker that dies is a reason to come again', async () => {
  const { client, server, busy } = await pair({ consume: () => new Promise(() => {}) });
  const sent = client.send('a', spans('y'), emptyContext);
  await until('the batch', () => busy() === 1);
  server.close();
  expect(await sent).toMatchObject({
    kind: 'failed',
    error: { class: 'retryable', reason: 'worker_died', local: true },
  });
  expect(client.closed).toBe(true);
});

test('the span of a request goes on in the other worker', async () => {
  const started: unknown[] = [];
  let ended = 0;
  const hop: Span = { ...span, context: { ...span.context, spanId: '00f067aa0ba902b7' }, end: () => void ended++ };
  const tracer: Tracer = {
    start: (name, { parent }) => {
      started.push([name, parent]);
      return hop;
    },
    extract: () => undefined,
    inject: () => ({}),
  };
  let inside: string | undefined;
  const next: Consumer = {
    consume: (_batch, context) => {
      inside = context.span?.context.spanId;
      return Promise.resolve();
    },
  };
  const { client } = await pair(next, { tracer });
  await client.send('a', spans('x'), { ...emptyContext, span });
  expect([started, inside, ended]).toEqual([[['worker/offload', span.context]], hop.context.spanId, 1]);
});
