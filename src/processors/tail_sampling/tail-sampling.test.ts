import { setImmediate as turn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { manySpans } from '../../../test/support/held-world.js';
import { unknownField, type PlainSpan } from '../../../test/support/plain-spans.js';
import { sorted, spanOf, TailWorld } from '../../../test/support/tail-world.js';
import { SeededHash } from '../../otlp/keys/seeded-hash.js';

const all = { policies: [{ name: 'all', type: 'always_sample' }] };

/** One span in each of some traces. */
const traces = (tail: TailWorld, count: number, first: number, more: object = {}): PlainSpan[] =>
  Array.from({ length: count }, (_, i) => tail.span({ trace: first + i, ...more }));

test('a trace that becomes too large within a batch is dropped with what follows it there', async () => {
  const tail = new TailWorld({ ...all, maximum_trace_size_bytes: 200 });
  const large = [1, 2, 3, 4].map((scope) => tail.span({ trace: 1, nameBytes: 150, scope }));
  const other = tail.span({ trace: 2, scope: 4 });
  tail.send([...large, other]);
  await tail.settle();
  expect(tail.dropped).toEqual({ trace_too_large: 2, late_not_sampled: 2 });
  expect(tail.waiting.slice(0, 2)).toEqual([1, 1]);
  await tail.untilEmpty();
  expect(sorted(tail.next.accepted)).toEqual(sorted([other]));
  expect([tail.balance, tail.held, tail.waiting]).toEqual([0, 0, [0, 0, 0]]);
});

test('a span larger than all memory is dropped alone, and holds nobody up', async () => {
  const tail = new TailWorld({ ...all, max_pending_bytes: 8000 });
  const stored = tail.span({ trace: 1 });
  const others = [tail.span({ trace: 1 }), tail.span({ trace: 3 })];
  const large = [1, 2].map((trace) => tail.span({ trace, nameBytes: 8000 }));
  const sent = tail.send([stored, ...large, ...others]);
  await tail.untilEmpty();
  expect([sent.error, tail.dropped]).toEqual([undefined, { span_too_large: 2 }]);
  expect(sorted(tail.next.accepted)).toEqual(sorted([stored, ...others]));
});

test('a shutdown refuses what is not stored of a large batch, and nothing else', async () => {
  // As many turns as it takes until nothing is refused any more.
  for (let turns = 0, refused = Infinity; refused > 0; turns++) {
    const tail = new TailWorld(all);
    // Five whole pieces: behind the last one, nothing is left to refuse.
    const sent = tail.send(traces(tail, 10_240, 1));
    for (let i = 0; i < turns; i++) await turn();
    await tail.shutdown();
    expect(sent.ended).toBe(true);
    expect(tail.next.accepted.length + tail.back.length).toBe(sent.spans.length);
    expect(new Set([...tail.next.accepted, ...tail.back].map(({ span }) => span)).size).toBe(sent.spans.length);
    expect([tail.balance, tail.held]).toEqual([0, 0]);
    refused = tail.back.length;
  }
});

test('senders that wait for room are refused when the processor stops, also when nothing leaves', async () => {
  const tail = new TailWorld({
    ...all,
    ...{ num_traces: 1, block_on_overflow: true, drop_pending_traces_on_shutdown: true },
  });
  tail.send([tail.span({ trace: 1 })]);
  const waiting = [2, 3].map((trace) => tail.send([tail.span({ trace })]));
  await tail.settle();
  expect(waiting.map(({ ended }) => ended)).toEqual([false, false]);
  await tail.shutdown();
  expect(waiting.map(({ error }) => error?.reason)).toEqual(['shutdown', 'shutdown']);
  expect([tail.dropped, tail.balance, tail.held]).toEqual([{ pending_at_shutdown: 1 }, 0, 0]);
});

test('while the next component takes nothing, no trace is torn: senders wait, and are refused in the end', async () => {
  const tail = new TailWorld({ ...all, decision_wait: '30s', max_pending_bytes: 64 << 10 });
  tail.next.usual = 'refuse';
  const refused: string[] = [];
  // The noisy service fills the memory, and some of its traces are decided for it.
  let sent = tail.send(traces(tail, 200, 1000, { service: 'noisy', nameBytes: 400 }));
  const quiet = tail.send(traces(tail, 5, 1, { service: 'quiet' }));
  for (let second = 0; second < 20; second++) {
    await tail.ticks(1);
    if (!sent.ended) continue;
    if (sent.error) refused.push(sent.error.reason);
    sent = tail.send(traces(tail, 200, 2000 + 200 * second, { service: 'noisy', nameBytes: 400 }));
  }
  expect(new Set(refused)).toEqual(new Set(['pending_full']));
  expect(tail.balance).toBe(0);
  tail.next.usual = 'accept';
  // Other senders come while the first traces of the quiet one wait still.
  await tail.ticks(8);
  if (!quiet.ended || quiet.error) tail.sendAgain();
  await tail.untilEmpty();
  expect([tail.balance, tail.held, tail.waiting]).toEqual([0, 0, [0, 0, 0]]);
  const early = (service: string): number =>
    tail.next.accepted.filter(({ resource }) => resource.includes(service)).length;
  expect(early(Buffer.from('quiet').toString('hex'))).toBe(5);
});

test('ever more traces than there is memory for are decided in turns, other senders in between', async () => {
  const tail = new TailWorld({ policies: [], max_pending_bytes: 64 << 10 });
  const sent = tail.sendBatch(manySpans());
  let turns = 0;
  for (; !sent.ended; turns++) await turn();
  expect(turns).toBeGreaterThan(5);
  expect(tail.waiting[0]).toBeLessThanOrEqual(112);
  await tail.untilEmpty();
  expect([tail.dropped, tail.waiting, tail.held]).toEqual([{ not_sampled: 140_000 }, [0, 0, 0], 0]);
});

test('a trace of very many spans leaves in bounded batches and in turns', async () => {
  const tail = new TailWorld({ ...all, decision_wait: '1s' });
  const count = 300_000;
  for (let i = 0; i < count; i += 1000)
    tail.send(Array.from({ length: 1000 }, (_, at) => spanOf({ trace: 1, number: i + at, nameBytes: 60 })));
  await tail.settle();
  void tail.world.clock.pass(3000);
  let turns = 0;
  let most = 0;
  for (let before = 0; tail.next.accepted.length < count; turns++) {
    await turn();
    most = Math.max(most, tail.next.accepted.length - before);
    before = tail.next.accepted.length;
  }
  expect(most).toBeLessThan(count / 5);
  expect(Math.max(...tail.next.sizes)).toBeLessThan((256 + 65) << 10);
  await tail.ticks(3);
  expect([tail.balance, tail.held, tail.waiting]).toEqual([0, 0, [0, 0, 0]]);
});

test.each([
  ['in one trace', 1],
  ['in traces of their own', 20_000],
])('a large resource of many scopes %s is read a few times, not for each scope', async (_, count) => {
  let bytes = 0;
  const { of } = SeededHash.prototype;
  const spy = vi.spyOn(SeededHash.prototype, 'of').mockImplementation(function (this: SeededHash, data, from, to) {
    bytes += to - from;
    return of.call(this, data, from, to);
  });
  const resource = unknownField(Buffer.alloc(1 << 20));
  const tail = new TailWorld({ policies: [] });
  const spans = Array.from({ length: 20_000 }, (_each, i) => ({
    ...spanOf({ trace: i % count, number: i }),
    resource,
    scope: unknownField(Buffer.from(String(i))),
  }));
  tail.send(spans);
  await tail.settle();
  spy.mockRestore();
  expect(bytes).toBeLessThan(40 << 20);
  await tail.untilEmpty();
  expect([tail.dropped, tail.waiting]).toEqual([{ not_sampled: 20_000 }, [0, 0, 0]]);
});

test('a sender whose resource finds no room holds up no other', async () => {
  const tail = new TailWorld({ ...all, decision_wait: '2s', max_pending_bytes: 2 << 20 });
  const large = (fill: number): PlainSpan[] =>
    traces(tail, 3, fill * 10).map((span) => ({ ...span, resource: unknownField(Buffer.alloc(150 << 10, fill)) }));
  const first = tail.send(large(1));
  const waiting = tail.send(large(2));
  const other = tail.send(traces(tail, 3, 100, { service: 'other' }));
  await tail.settle();
  expect([first, waiting, other].map(({ ended }) => ended)).toEqual([true, false, true]);
  await tail.untilEmpty();
  expect([waiting.ended, waiting.error]).toEqual([true, undefined]);
  expect(tail.next.accepted).toHaveLength(9);
});

test('spans of the far future, of no time, or that end before they start are decided and booked', async () => {
  const latency = { type: 'latency', latency: { threshold_ms: 5000 } };
  const tail = new TailWorld({ policies: [{ name: 'slow', ...latency }] });
  const farthest = 2n ** 64n - 1n;
  const times = [
    { startNs: 0n, endNs: farthest },
    { startNs: farthest, endNs: 0n },
    { startNs: 2n ** 63n, endNs: 2n ** 63n + 6_000_000_000n },
    { startNs: farthest, endNs: farthest },
    { endNs: 1n },
    {},
  ];
  const sent = tail.send(times.map((each, i) => tail.span({ trace: i + 1, ...each })));
  await tail.untilEmpty();
  const left = tail.next.accepted.length + (tail.dropped['not_sampled'] ?? 0);
  expect([sent.error, left, tail.balance, tail.held]).toEqual([undefined, times.length, 0, 0]);
  expect(tail.next.accepted.map(({ trace }) => trace)).toContain(spanOf({ trace: 3, number: 1 }).trace);
  expect(tail.waiting).toEqual([0, 0, 0]);
});
