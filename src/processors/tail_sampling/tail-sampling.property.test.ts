import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOtlp } from '../../../test/support/arbitrary-otlp.js';
import { total } from '../../../test/support/held-world.js';
import { judge, sorted, TailWorld, waits, type Outcome } from '../../../test/support/tail-world.js';
import { Cancellation } from '../../component/cancellation.js';
import { validate } from '../../otlp/wire/validate.js';

const keep = { name: 'keep', type: 'string_attribute', string_attribute: { key: 'k', values: ['keep'] } };
const drop = {
  name: 'drop',
  type: 'drop',
  drop: {
    drop_sub_policy: [{ name: 'never', type: 'string_attribute', string_attribute: { key: 'k', values: ['drop'] } }],
  },
};

const span = fc.record({
  trace: fc.nat(6),
  root: fc.boolean(),
  k: fc.constantFrom('keep', 'keep', 'drop', 'other'),
  nameBytes: fc.oneof({ weight: 4, arbitrary: fc.nat(100) }, { weight: 1, arbitrary: fc.constantFrom(600, 2500) }),
  service: fc.constantFrom('', 'a', 'b'),
  resource: fc.constantFrom(0, 5, 300),
  scope: fc.constantFrom(0, 7, 100),
});
const outcome = fc.constantFrom<Outcome>(
  'accept',
  'accept',
  'accept late',
  'refuse',
  'refuse for good',
  'accept the first span',
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('send' as const),
      spans: fc.array(span, { minLength: 1, maxLength: 12 }),
      waits: fc.option(fc.integer({ min: 0, max: 5000 })),
      leaves: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 4000 }) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('next' as const), outcomes: fc.array(outcome) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('again' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('senders leave' as const) }) },
);
const options = fc.record({
  decision_wait: fc.constantFrom('1s', '3s'),
  decision_wait_after_root_received: fc.constantFrom('0s', '1s'),
  num_traces: fc.constantFrom(2, 50_000),
  max_pending_bytes: fc.constantFrom(6000, 16_000, 1 << 20),
  block_on_overflow: fc.boolean(),
  maximum_trace_size_bytes: fc.constantFrom(0, 0, 400),
  sampling_strategy: fc.constantFrom('trace-complete', 'span-ingest'),
  dry_run: fc.constantFrom(false, false, true),
  record_decision: fc.boolean(),
  drop_pending_traces_on_shutdown: fc.boolean(),
  policies: fc.constantFrom([keep], [keep, drop], [{ name: 'all', type: 'always_sample' }]),
});
const end = fc.constantFrom('all leave', 'stops', 'stops at once', 'stops, and its time runs out');

test('each span ends once, traces stay whole, and the books balance, whatever comes', async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { maxLength: 25 }), end, async (given, steps, ending) => {
      const tail = new TailWorld(given);
      const { world, next } = tail;
      let sender = new Cancellation();
      for (const action of steps) {
        if (action.what === 'send')
          tail.send(
            action.spans.map((each) => tail.span(each)),
            action.waits === null
              ? { signal: action.leaves ? sender : undefined }
              : waits(world, action.waits, action.leaves ? sender : undefined),
          );
        else if (action.what === 'pass') await world.clock.pass(action.ms);
        else if (action.what === 'next') next.outcomes.push(...action.outcomes);
        else if (action.what === 'senders leave') {
          sender.abort('sender');
          sender = new Cancellation();
        } else tail.sendAgain();
        await tail.settle();
        expect(tail.balance).toBe(0);
      }
      const deadline = new AbortController();
      if (ending === 'all leave') {
        next.outcomes = [];
        // Refused batches are offered again within half a minute.
        await tail.ticks(100);
        expect(tail.sent.filter(({ ended }) => !ended)).toEqual([]);
        expect([tail.held, tail.waiting]).toEqual([0, [0, 0, 0]]);
      }
      if (ending === 'stops at once') deadline.abort();
      if (ending === 'stops, and its time runs out') world.clock.after(10, () => deadline.abort());
      await tail.shutdown(deadline.signal);
      expect(tail.sent.filter(({ ended }) => !ended)).toEqual([]);
      expect([tail.balance, tail.held]).toEqual([0, 0]);
      judge(tail, given);
      if (given.dry_run)
        expect(
          Object.keys(tail.dropped).filter(
            (reason) => !['backend_refused', 'shutdown', 'span_too_large'].includes(reason),
          ),
        ).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('spans of any content leave as they came, in their resource and scope', async () => {
  const requests = fc.array(arbitraryOtlp('traces'), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(requests, fc.constantFrom(4000, 1 << 20), async (bodies, max_pending_bytes) => {
      const tail = new TailWorld({
        ...{ decision_wait: '2s', max_pending_bytes },
        policies: [{ name: 'all', type: 'always_sample' }],
      });
      for (const body of bodies) {
        tail.sendBatch(validate('traces', new Uint8Array(body)));
        await tail.ticks(1);
      }
      await tail.ticks(10);
      const sent = tail.sent.flatMap(({ spans }) => spans);
      expect(tail.sent.map(({ ended, error }) => [ended, error])).toEqual(bodies.map(() => [true, undefined]));
      const large = tail.dropped['span_too_large'] ?? 0;
      const arrived = sorted(tail.next.accepted);
      if (large === 0) expect(arrived).toEqual(sorted(sent));
      else for (const span of arrived) expect(sorted(sent)).toContain(span);
      expect(arrived.length + total(tail.dropped)).toBe(sent.length);
      expect([tail.balance, tail.held, tail.waiting]).toEqual([0, 0, [0, 0, 0]]);
    }),
  );
});

test('batches that are stored in pieces beside each other lose, repeat and tear nothing', async () => {
  for (const more of [{}, { block_on_overflow: true }, { maximum_trace_size_bytes: 300 }]) {
    const tail = new TailWorld({ policies: [keep], decision_wait: '1s', max_pending_bytes: 256 << 10, ...more });
    for (let sender = 0; sender < 4; sender++)
      tail.send(
        Array.from({ length: 6000 }, (_, i) =>
          tail.span({
            trace: (i * (sender + 1)) % 1501,
            ...{ nameBytes: 20 + (i % 50), scope: Math.floor(i / 1000), resource: 1 + sender },
            k: i % 3 === 0 ? 'keep' : 'other',
          }),
        ),
        waits(tail.world, 3000),
      );
    for (let second = 0; second < 30; second++) {
      await tail.ticks(1);
      expect(tail.balance).toBe(0);
      tail.sendAgain();
    }
    expect([tail.held, tail.waiting, tail.back]).toEqual([0, [0, 0, 0], []]);
    judge(tail, {});
  }
});

const nanoseconds = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt(0n, 2n ** 64n - 1n),
  // About a threshold of one second apart from each other.
  fc.bigInt(1_700_000_000_000_000_000n, 1_700_000_002_000_000_000n),
);

test('a trace lasts from its earliest start to its latest end, whatever times its spans have', async () => {
  const times = fc.array(fc.tuple(nanoseconds, nanoseconds, fc.nat(3)), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(times, async (all) => {
      const tail = new TailWorld({ policies: [{ name: 'slow', type: 'latency', latency: { threshold_ms: 1000 } }] });
      for (const [startNs, endNs, trace] of all) tail.send([tail.span({ trace, startNs, endNs })]);
      await tail.ticks(40);
      const slow = new Set<number>();
      for (let trace = 0; trace < 4; trace++) {
        const own = all.filter((each) => each[2] === trace);
        const start = own.reduce((least, [each]) => (each < least ? each : least), 2n ** 64n);
        const end = own.reduce((most, [, each]) => (each > most ? each : most), 0n);
        if ((end - start) / 1_000_000n > 1000n) slow.add(trace);
      }
      expect(new Set(tail.next.accepted.map(({ trace }) => Number.parseInt(trace, 16)))).toEqual(slow);
      expect(tail.next.accepted.length + (tail.dropped['not_sampled'] ?? 0)).toBe(all.length);
    }),
  );
});
