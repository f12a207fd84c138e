import { expect, test } from 'vitest';
import { heldWorld, namesOf, total, type HeldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import { Succession } from '../../component/succession.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { TailSampling } from './tail-sampling.js';

const keepsErrors = { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } };
const keepsOk = { name: 'ok', type: 'status_code', status_code: { status_codes: ['OK'] } };

interface Running {
  readonly sampler: TailSampling;
  readonly out: string[];
  readonly world: HeldWorld;
}

/** Two configurations of one process: one clock is each one's own, which both are moved by `pass`. */
function running(succession: Succession, options: object): Running {
  const world = heldWorld({ succession, id: 'tail_sampling' });
  const out: string[] = [];
  const next = { consume: async (batch: Batch): Promise<void> => void out.push(...namesOf(batch)) };
  const sampler = new TailSampling(config.parse(options), world.context, next);
  sampler.start();
  return { sampler, out, world };
}

/** A span `name` of trace `trace` with a status: 1 ok, 2 error. */
function span(trace: number, name: string, code: number): Batch {
  const traceId = trace.toString(16).padStart(32, '0');
  const spanId = Buffer.from(name).toString('hex').padStart(16, '0');
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId, status: { code } }] }] }] };
  return validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(request))));
}

const live = (): AbortSignal => new AbortController().signal;

test('pending traces go over to the next configuration, which decides them once, by its own policies', async () => {
  const succession = new Succession();
  const old = running(succession, { decision_wait: '3s', policies: [keepsErrors] });
  const send = (to: Running, batch: Batch): Promise<void> => to.sampler.consume(batch, emptyContext);
  await send(old, span(1, 'a1', 1));
  await send(old, span(2, 'b1', 2));
  await old.world.clock.pass(2000);
  const next = running(succession, { decision_wait: '3s', policies: [keepsOk] });
  // Requests come to the new one before the old one ends.
  await send(next, span(1, 'a2', 0));
  await old.sampler.shutdown(live());
  expect(old.out).toEqual([]);
  expect(old.world.books).toMatchObject({ droppedItems: {}, returnedItems: {} });
  // They were due two ticks after the reload, and not three.
  await next.world.clock.pass(1000);
  expect(next.out).toEqual([]);
  await next.world.clock.pass(1000);
  expect(next.out.toSorted()).toEqual(['a1', 'a2']);
  await next.sampler.shutdown(live());
  // The books are one row for both.
  expect(old.world.books.inItems + next.world.books.inItems).toBe(3);
  expect(total(old.world.books.heldItems) + total(next.world.books.heldItems)).toBe(0);
  expect(next.world.books.droppedItems).toEqual({ not_sampled: 1 });
});

test('decisions go over, and what came of their traces in between follows them', async () => {
  const succession = new Succession();
  const old = running(succession, { decision_wait: '1s', policies: [keepsErrors] });
  await old.sampler.consume(span(1, 'a1', 2), emptyContext);
  await old.sampler.consume(span(2, 'b1', 1), emptyContext);
  await old.world.clock.pass(2000);
  expect(old.out).toEqual(['a1']);
  const next = running(succession, { decision_wait: '1h', policies: [] });
  await next.sampler.consume(span(1, 'a2', 1), emptyContext);
  await next.sampler.consume(span(2, 'b2', 2), emptyContext);
  expect(next.out).toEqual([]);
  await old.sampler.shutdown(live());
  await next.world.clock.pass(0);
  expect(next.out).toEqual(['a2']);
  await next.sampler.consume(span(1, 'a3', 1), emptyContext);
  await next.sampler.consume(span(2, 'b3', 2), emptyContext);
  expect(next.out).toEqual(['a2', 'a3']);
  expect(next.world.books).toMatchObject({
    droppedItems: { late_not_sampled: 2 },
    heldItems: { pending: 0 },
    balance: 0,
  });
  await next.sampler.shutdown(live());
});

test('a configuration that is replaced while it inherits hands on, and the last one decides all', async () => {
  const succession = new Succession();
  const first = running(succession, { decision_wait: '10s', policies: [keepsErrors] });
  for (let i = 0; i < 500; i++) await first.sampler.consume(span(i, `a${i}`, 2), emptyContext);
  const second = running(succession, { decision_wait: '10s', policies: [keepsErrors] });
  const third = running(succession, { decision_wait: '1s', policies: [keepsErrors] });
  await Promise.all([first.sampler.shutdown(live()), second.sampler.shutdown(live())]);
  await third.world.clock.pass(2000);
  expect(new Set(third.out).size).toBe(500);
  expect(third.out).toHaveLength(500);
  await third.sampler.consume(span(1000, 'z', 2), emptyContext);
  await third.sampler.shutdown(live());
  expect(third.out.at(-1)).toBe('z');
  for (const { world } of [first, second, third])
    expect(world.metrics['kanmon_tail_sampling_pending_spans'] ?? 0).toBe(0);
});
