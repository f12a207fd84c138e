import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import { Cancellation } from '../component/cancellation.js';
import type { RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import { compressor } from '../net/compression/compress.js';
import { encodings, type Encoding } from '../net/compression/decompress.js';
import { Batch } from '../otlp/batch.js';
import { JsonDecoder } from '../otlp/json/decode.js';
import type { Signal } from '../otlp/signal.js';
import { pieceBytes } from '../otlp/work.js';
import { boundIdle, idleBytes, trimIdle } from '../runtime/memory/buffer-pool.js';
import { heldWorld, type HeldWorld } from '../../test/support/held-world.js';
import { encodeSpans } from '../../test/support/otlp.js';
import { Reservation } from './admission.js';
import { ReceiverEntry } from './receiver-entry.js';
import { Reception } from './reception.js';
import { refuse, type Ended, type RequestRefusal } from './request-state.js';
import { receiveRequest, type IncomingRequest } from './receive-request.js';

const limit = 1 << 20;
/** Large enough for the buffer pool, plain and compressed. */
const spans = Array.from({ length: 4000 }, (_, i) => {
  const id = (i * 2_654_435_761) >>> 0;
  const hex = id.toString(16).padStart(8, '0');
  return { traceId: hex.repeat(4), spanId: `${(id ^ 0x5bd1e995) >>> 0}`.padStart(16, '0').slice(0, 16) };
});
const plain = encodeSpans(spans);
const packed = gzipSync(plain);

interface Case {
  readonly signal?: Signal;
  readonly body?: Uint8Array;
  readonly encoding?: Encoding;
  /** Bytes that arrive before the sender goes; undefined: all of them. */
  readonly goneAt?: number;
  readonly budget?: number;
  readonly limit?: number;
  readonly json?: boolean;
  readonly stranger?: boolean;
  readonly deadline?: number;
  readonly metadata?: RequestContext['metadata'];
  readonly pipeline?: (batch: Batch, context: RequestContext, world: HeldWorld) => Promise<void>;
}

interface Run {
  readonly ended: Ended;
  readonly world: HeldWorld;
  readonly seen: { readonly batch: Batch; readonly bytes: Buffer; readonly context: RequestContext }[];
}

async function run(given: Case): Promise<Run> {
  const world = heldWorld({ signal: given.signal ?? 'traces', budget: given.budget ?? 1 << 30 });
  const seen: Run['seen'] = [];
  const entry = new ReceiverEntry(world.context, {
    async consume(batch, context) {
      seen.push({ batch, bytes: Buffer.from(batch.bytes), context });
      await given.pipeline?.(batch, context, world);
    },
  });
  const reservation = new Reservation(world.budget);
  const body = given.body ?? plain;
  const most = given.limit ?? limit;
  const request: IncomingRequest = {
    transport: 'http',
    entry,
    reservation,
    limit: most,
    transcode: given.json === true ? (signal, bytes) => new JsonDecoder(signal, bytes) : undefined,
    deadline: given.deadline,
    signal: new Cancellation(),
    peer: '',
    span: undefined,
    receive() {
      const reception = new Reception(reservation, most, body.length);
      const end = given.goneAt ?? body.length;
      for (let at = 0; at < end; at += 10_000) {
        const refusal = reception.append(body, at, Math.min(end, at + 10_000));
        if (refusal) return Promise.resolve(refuse(refusal));
      }
      if (given.goneAt === undefined)
        return Promise.resolve({ step: 'received', body: reception.complete(), encoding: given.encoding });
      reception.abandon();
      return Promise.resolve(refuse({ kind: 'sender_left' }));
    },
    sender: () =>
      Promise.resolve(
        given.stranger === true
          ? refuse({ kind: 'unauthenticated', error: new Error('who?') })
          : { step: 'known', auth: undefined },
      ),
    metadata: () => given.metadata ?? new Map(),
  };
  return { ended: await receiveRequest(request, world.clock), world, seen };
}

beforeEach(() => {
  boundIdle(64 << 20);
  trimIdle();
  trimIdle();
});

/** The size of the pool's memory for a body, bytes. */
const pooled = ({ length }: Uint8Array): number => {
  const step = 1 << (28 - Math.clz32(length - 1));
  return length < 32 * 1024 ? 0 : Math.ceil(length / step) * step;
};

const fault = (
  kind: RequestRefusal['kind'],
  given: Case,
  memory: number,
): [string, RequestRefusal['kind'], Case, number] => [kind, kind, given, memory];
const broken = Buffer.from(packed);
broken[packed.length >> 1] = (broken[packed.length >> 1] ?? 0) ^ 0xff;

test.each([
  fault('sender_left', { goneAt: 50_000 }, pooled(plain)),
  fault('no_memory', { budget: 100_000 }, pooled(plain)),
  fault('too_large', { limit: 50_000 }, 64 * 1024),
  fault('too_large', { body: packed, encoding: 'gzip', limit: plain.length - 1 }, pooled(packed) + pooled(plain)),
  fault('no_memory', { body: packed, encoding: 'gzip', budget: packed.length + 1000 }, pooled(packed)),
  fault('broken_encoding', { body: broken, encoding: 'gzip' }, pooled(packed) + pooled(plain)),
  fault('invalid', { body: plain.subarray(0, plain.length - 1) }, pooled(plain)),
  fault('invalid', { body: packed }, pooled(packed)),
  fault('invalid', { json: true }, pooled(plain)),
  fault('unauthenticated', { stranger: true }, pooled(plain)),
  fault('deadline_exceeded', { deadline: 1000, body: packed, encoding: 'gzip' }, pooled(packed) + pooled(plain)),
])('%s: nothing is handed on, and all that was taken is returned', async (_name, kind, given, memory) => {
  const { ended, world, seen } = await run(given);
  expect(ended.step === 'refused' && ended.refusal.kind).toBe(kind);
  expect(seen).toEqual([]);
  expect(world.budget.used).toBe(0);
  expect(idleBytes()).toBe(memory);
  expect(world.metrics).toEqual({});
});

test.each(encodings)(
  '%s: what a body inflates to is admitted before, and never beyond the budget',
  async (encoding) => {
    const compress = await compressor(encoding, 0);
    const body = Buffer.from((await compress?.(Buffer.alloc(19 << 20)))?.bytes ?? []);
    const given = { body, encoding, limit: 20 << 20 };
    const { ended, world, seen } = await run({ ...given, budget: body.length + (8 << 20) });
    expect(ended.step === 'refused' && ended.refusal.kind).toBe('no_memory');
    expect([seen, world.budget.used]).toEqual([[], 0]);
    // With room it is read: zeros are no message.
    const { ended: other } = await run({ ...given, budget: 1 << 27 });
    expect(other.step === 'refused' && other.refusal.kind).toBe('invalid');
  },
);

test.each([
  ['plain', { body: plain }, pooled(plain)],
  ['compressed', { body: packed, encoding: 'gzip' }, pooled(packed) + pooled(plain)],
] as const)(
  '%s: what was accepted is byte-exact while the pipeline has it, and its memory is free afterwards',
  async (_name, given, memory) => {
    const { ended, world, seen } = await run({
      ...given,
      async pipeline(batch, context) {
        await Promise.resolve();
        expect(plain.equals(batch.bytes)).toBe(true);
        expect(batch.encodedBody?.bytes.length).toBe('encoding' in given ? packed.length : undefined);
        expect(context.signal?.aborted).toBe(false);
      },
    });
    expect([ended.step, seen.length, world.budget.used, idleBytes()]).toEqual(['accepted', 1, 0, memory]);
    expect(world.metrics['otelcol_receiver_accepted_spans']).toBe(4000);
  },
);

test('memory of a batch that the pipelines refused stays as it is, for an attempt may still read it', async () => {
  const error = new DeliveryError('full', { class: 'retryable', reason: 'queue_full', local: true });
  const { ended, world, seen } = await run({ pipeline: () => Promise.reject(error) });
  expect(ended).toEqual({ step: 'refused', refusal: { kind: 'pipeline', error } });
  expect([world.budget.used, idleBytes(), plain.equals(seen[0]?.batch.bytes ?? new Uint8Array())]).toEqual([
    0,
    0,
    true,
  ]);
  expect(world.metrics['otelcol_receiver_refused_spans']).toBe(4000);
});

test('a compressed body and its content are reserved together while the batch can leave as it came', async () => {
  const pipeline: Case['pipeline'] = ({ index }, _context, { budget }) => {
    // The index too, and as much again for what cuts the batch.
    expect(budget.used).toBe(packed.length + plain.length + 2 * index.byteLength);
    return Promise.resolve();
  };
  const { ended } = await run({ body: packed, encoding: 'gzip', pipeline });
  expect(ended).toEqual({ step: 'accepted' });
});

test('client metadata is admitted like a body', async () => {
  const given = { metadata: new Map([['x-large', ['x'.repeat(800 << 10)]]]) };
  const fits = await run({
    ...given,
    pipeline(_batch, _context, { budget }) {
      expect(budget.used).toBeGreaterThan(plain.length + (800 << 10));
      return Promise.resolve();
    },
  });
  expect([fits.ended.step, fits.world.budget.used]).toEqual(['accepted', 0]);
  const refused = await run({ ...given, budget: 800 << 10 });
  expect(refused.ended).toEqual({ step: 'refused', refusal: { kind: 'no_memory' } });
  expect([refused.seen.length, refused.world.budget.used]).toEqual([0, 0]);
});

test('a receiver that makes its own data needs no transport, and releases it once it is accepted', async () => {
  const world = heldWorld();
  const outcomes: unknown[] = [new DeliveryError('later', { class: 'retryable', reason: 'queue_full' }), undefined];
  const entry = new ReceiverEntry(world.context, {
    consume: () => {
      const failure = outcomes.shift();
      return failure === undefined ? Promise.resolve() : Promise.reject(failure as Error);
    },
  });
  const bytes = Batch.allocate(plain.length);
  bytes.set(plain);
  const batch = new Batch('traces', bytes, spans.length);
  const first = await entry.submit(batch);
  expect(
    first.step === 'refused' && first.refusal.kind === 'pipeline' && (first.refusal.error as DeliveryError).class,
  ).toBe('retryable');
  expect([idleBytes(), plain.equals(batch.bytes)]).toEqual([0, true]);
  expect(await entry.submit(batch)).toEqual({ step: 'accepted' });
  expect(idleBytes()).toBe(pooled(plain));
  expect([world.metrics['otelcol_receiver_refused_spans'], world.metrics['otelcol_receiver_accepted_spans']]).toEqual([
    4000, 4000,
  ]);
});

const tiny = (count: number, ...around: number[]): Uint8Array =>
  within(Buffer.alloc(count * 2, Buffer.from([around.length === 0 ? 10 : 18, 0])), ...around);
/** `bytes` as the fields of these numbers, the innermost first. */
const within = (bytes: Buffer, ...around: number[]): Buffer =>
  around.reduce<Buffer>((body, number) => {
    const length = [
      (body.length & 127) | 128,
      ((body.length >> 7) & 127) | 128,
      ((body.length >> 14) & 127) | 128,
      body.length >> 21,
    ];
    return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), body]);
  }, bytes);

test.each([
  ['resources', tiny(40_000)],
  ['scopes', tiny(40_000, 1)],
  ['spans', tiny(40_000, 2, 1)],
  ['log records', tiny(40_000, 2, 1), 'logs'],
  ['metrics', tiny(40_000, 2, 1), 'metrics'],
  ['profiles', tiny(40_000, 2, 1), 'profiles'],
] as [string, Uint8Array, Signal?][])(
  'the index of tiny %s is admitted like their bytes',
  async (_name, body, signal) => {
    // Each has two bytes, and a row of sixteen, which count twice.
    for (const [encoding, sent] of [
      [undefined, body],
      ['gzip', gzipSync(body)],
    ] as const) {
      const given = { body: sent, ...(encoding && { encoding }), ...(signal && { signal }) };
      const refused = await run({ ...given, budget: 40_000 * (2 + 2 * 16) - 1 });
      expect(refused.ended).toEqual({ step: 'refused', refusal: { kind: 'no_memory' } });
      expect([refused.seen.length, refused.world.budget.used]).toEqual([0, 0]);
      const fits = await run({ ...given, budget: 40_000 * (2 + 2 * 16) + 2000 });
      expect([fits.ended.step, fits.world.budget.used]).toEqual(['accepted', 0]);
    }
  },
);

test.each([
  ['data points', 'metrics', within(Buffer.alloc(80_000, Buffer.from([10, 0])), 5, 2, 2, 1)],
  ['samples', 'profiles', within(Buffer.alloc(80_000, Buffer.from([18, 0])), 2, 2, 1)],
] as const)('tiny %s are counted, and need no more memory than their bytes', async (_name, signal, body) => {
  const given = { signal, body } as const;
  const refused = await run({ ...given, budget: body.length - 1 });
  expect(refused.ended).toEqual({ step: 'refused', refusal: { kind: 'no_memory' } });
  const fits = await run({ ...given, budget: body.length + 2000 });
  expect([fits.ended.step, fits.world.budget.used, fits.seen[0]?.batch.itemCount]).toEqual(['accepted', 0, 40_000]);
});

const aSpan = '{"scopeSpans":[{"spans":[{}]}]}';

test.each([
  ['empty resources', `{"resourceSpans":[${'{},'.repeat(300_000)}${aSpan}]}`, 300_001 * (2 + 2 * 16)],
  ['nulls', `{"resourceSpans":[{"scopeSpans":[{"spans":[${'null,'.repeat(300_000)}{}]}]}]}`, 300_001 * (2 + 2 * 16)],
  ['a long text', `{"resourceSpans":[{"schemaUrl":"${'x'.repeat(3 << 20)}"},${aSpan}]}`, 3 << 20],
] as const)('a JSON body of %s is admitted with what is made of it', async (_name, text, made) => {
  const given = { json: true, body: Buffer.from(text), limit: 64 << 20 };
  const refused = await run({ ...given, budget: given.body.length + made - 1 });
  expect(refused.ended).toEqual({ step: 'refused', refusal: { kind: 'no_memory' } });
  expect([refused.seen.length, refused.world.budget.used]).toEqual([0, 0]);
  let whilePassed = 0;
  const pipeline: Case['pipeline'] = (_batch, _context, { budget }) => {
    whilePassed = budget.used;
    return Promise.resolve();
  };
  const fits = await run({ ...given, pipeline, budget: 1 << 28 });
  expect([fits.ended.step, fits.world.budget.used]).toEqual(['accepted', 0]);
  // The body itself is read no more.
  expect(whilePassed).toBeGreaterThanOrEqual(made);
  expect(whilePassed).toBeLessThan(made + 4096);
});

test.each([
  ['protobuf', 2, { body: tiny((pieceBytes * 9) / 2, 2, 1) }],
  ['JSON', 6, { json: true, body: Buffer.from(`{"resourceSpans":[${'{},'.repeat(pieceBytes)}{}]}`) }],
] as const)('a large body of %s is worked on in several turns of the event loop', async (_name, least, given) => {
  let turns = 0;
  let stop = false;
  const turn = (): void => {
    turns++;
    if (!stop) setImmediate(turn);
  };
  setImmediate(turn);
  const { ended } = await run({ ...given, limit: 64 << 20 });
  stop = true;
  expect(ended).toEqual({ step: 'accepted' });
  // The first turn is over before one is counted, and the last may be.
  expect(turns).toBeGreaterThanOrEqual(least - 1);
});
