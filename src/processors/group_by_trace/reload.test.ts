import { expect, test } from 'vitest';
import { heldWorld, namesOf, total, type HeldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import { Succession } from '../../component/succession.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { GroupByTrace } from './group-by-trace.js';

interface Running {
  readonly processor: GroupByTrace;
  readonly out: string[];
  readonly world: HeldWorld;
}

/** Each configuration has a clock of its own, which `pass` moves. */
function running(succession: Succession, wait: string): Running {
  const world = heldWorld({ succession, id: 'group_by_trace' });
  const out: string[] = [];
  const next = { consume: async (batch: Batch): Promise<void> => void out.push(...namesOf(batch)) };
  const processor = new GroupByTrace(config.parse({ wait_duration: wait }), world.context, next);
  processor.start();
  return { processor, out, world };
}

function send({ processor }: Running, trace: number, name: string): Promise<void> {
  const traceId = trace.toString(16).padStart(32, '0');
  const spanId = Buffer.from(name).toString('hex').padStart(16, '0');
  const text = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId }] }] }] });
  return processor.consume(validate('traces', jsonToProto('traces', Buffer.from(text))), emptyContext);
}

const live = (): AbortSignal => new AbortController().signal;

test('waiting traces go over to the next configuration, keep their time, and join what came meanwhile', async () => {
  const succession = new Succession();
  const old = running(succession, '4s');
  await send(old, 1, 'a1');
  await old.world.clock.pass(3000);
  await send(old, 2, 'b1');
  // Ticks of another length.
  const next = running(succession, '800ms');
  await send(next, 1, 'a2');
  await old.processor.shutdown(live());
  expect(old.out).toEqual([]);
  expect(old.world.metrics['kanmon_group_by_trace_pending_spans']).toBeUndefined();
  expect(old.world.books).toMatchObject({ droppedItems: {}, returnedItems: {} });
  await next.world.clock.pass(799);
  expect(next.out).toEqual([]);
  // The wait of the new configuration is shorter than what was left of both.
  await next.world.clock.pass(101);
  expect(next.out.toSorted()).toEqual(['a1', 'a2', 'b1']);
  expect(next.out.indexOf('a1') - next.out.indexOf('a2')).toBe(1);
  await next.processor.shutdown(live());
  // The books are one row for both.
  expect(old.world.books.inItems + next.world.books.inItems).toBe(3);
  expect(total(old.world.books.heldItems) + total(next.world.books.heldItems)).toBe(0);
  expect(next.world.books.outItems).toBe(3);
});

test('a configuration that is replaced while it takes over hands on, and the last one has all', async () => {
  const succession = new Succession();
  const first = running(succession, '10s');
  for (let i = 0; i < 500; i++) await send(first, i, `a${i}`);
  const second = running(succession, '10s');
  const third = running(succession, '1s');
  await Promise.all([first.processor.shutdown(live()), second.processor.shutdown(live())]);
  await third.world.clock.pass(1125);
  expect(new Set(third.out).size).toBe(500);
  expect(third.out).toHaveLength(500);
  await third.processor.shutdown(live());
});

test('when the next configuration stops as well, each hands on what it still has', async () => {
  const succession = new Succession();
  const first = running(succession, '10s');
  for (let i = 0; i < 500; i++) await send(first, i, `a${i}`);
  const second = running(succession, '10s');
  await Promise.all([second.processor.shutdown(live()), first.processor.shutdown(live())]);
  expect([...first.out, ...second.out].toSorted()).toEqual(Array.from({ length: 500 }, (_, i) => `a${i}`).toSorted());
  expect(total(first.world.books.heldItems) + total(second.world.books.heldItems)).toBe(0);
});
