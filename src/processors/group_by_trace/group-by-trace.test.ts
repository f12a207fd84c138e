import { expect, test } from 'vitest';
import { heldWorld, namesOf, total, type HeldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { GroupByTrace } from './group-by-trace.js';

interface Span {
  readonly trace: number;
  readonly name: string;
  readonly service?: string;
  /** Bytes of an attribute. */
  readonly size?: number;
}

function request(...spans: readonly Span[]): Batch {
  const attribute = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  const resourceSpans = spans.map(({ trace, name, service = 'a', size = 0 }) => ({
    resource: { attributes: [attribute('service.name', service)] },
    scopeSpans: [
      {
        spans: [
          {
            traceId: trace.toString(16).padStart(32, '0'),
            spanId: Buffer.from(name).toString('hex').padStart(16, '0'),
            attributes: size > 0 ? [attribute('text', 'x'.repeat(size))] : [],
          },
        ],
      },
    ],
  }));
  return validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify({ resourceSpans }))));
}

interface Running {
  readonly processor: GroupByTrace;
  readonly world: HeldWorld;
  /** The names of the spans of each batch that was accepted. */
  readonly out: string[][];
  /** The answers to the next batches; an error is a refusal. */
  readonly answers: (DeliveryError | Promise<void>)[];
  send(...spans: readonly Span[]): Promise<void>;
}

function running(options: object): Running {
  const world = heldWorld({ id: 'group_by_trace' });
  const out: string[][] = [];
  const answers: Running['answers'] = [];
  const next = {
    async consume(batch: Batch): Promise<void> {
      const answer = answers.shift();
      if (answer instanceof DeliveryError) throw answer;
      await answer;
      out.push(namesOf(batch));
    },
  };
  const processor = new GroupByTrace(config.parse(options), world.context, next);
  processor.start();
  const send = (...spans: readonly Span[]): Promise<void> => processor.consume(request(...spans), emptyContext);
  return { processor, world, out, answers, send };
}

const live = (): AbortSignal => new AbortController().signal;
const busy = (): DeliveryError => new DeliveryError('busy', { class: 'retryable', reason: 'backend_refused' });
const metric = (end: string): string => `otelcol_processor_groupbytrace_${end}`;

test('a trace leaves its wait after its first span, and a span that comes later begins a new wait', async () => {
  const { processor, world, out, send } = running({ wait_duration: '1s' });
  await send({ trace: 1, name: 'a1' }, { trace: 2, name: 'b1' });
  await world.clock.pass(600);
  await send({ trace: 1, name: 'a2' });
  await world.clock.pass(399);
  expect(out).toEqual([]);
  expect(world.metrics['kanmon_group_by_trace_pending_spans']).toBe(3);
  await world.clock.pass(126);
  expect(out).toEqual([['a1', 'a2', 'b1']]);
  await send({ trace: 1, name: 'a3' });
  await world.clock.pass(999);
  expect(out).toHaveLength(1);
  await world.clock.pass(126);
  expect(out[1]).toEqual(['a3']);
  expect(world.metrics).toMatchObject({
    [metric('conf_num_traces')]: 1_000_000,
    [metric('num_traces_in_memory')]: 0,
    [metric('traces_released')]: 3,
    [metric('spans_released')]: 4,
    [metric('traces_evicted')]: 0,
    kanmon_group_by_trace_pending_spans: 0,
    kanmon_group_by_trace_pending_bytes: expect.any(Number) as number,
  });
  expect(world.books).toMatchObject({ inItems: 4, outItems: 4, balance: 0 });
  await processor.shutdown(live());
});

test('a wait of 0 hands traces on at the next tick', async () => {
  const { processor, world, out, send } = running({ wait_duration: '0s' });
  await send({ trace: 1, name: 'a1' });
  await world.clock.pass(10);
  expect(out).toEqual([['a1']]);
  await processor.shutdown(live());
});

test('at num_traces the oldest trace of the largest service leaves early, and nothing is lost', async () => {
  const { processor, world, out, send } = running({ wait_duration: '10s', num_traces: 3 });
  await send({ trace: 1, name: 'a1', service: 'small' });
  await send({ trace: 2, name: 'b1', service: 'large', size: 2000 });
  await send({ trace: 3, name: 'c1', service: 'large', size: 2000 });
  await send({ trace: 4, name: 'd1', service: 'small' });
  await world.clock.pass(0);
  expect(out).toEqual([['b1']]);
  expect(world.metrics[metric('traces_evicted')]).toBe(1);
  await world.clock.pass(11_000);
  expect(out.flat().toSorted()).toEqual(['a1', 'b1', 'c1', 'd1']);
  expect(world.books).toMatchObject({ inItems: 4, outItems: 4, balance: 0, droppedItems: {} });
  await processor.shutdown(live());
});

test('at max_pending_bytes traces leave early, and a span that can never fit is dropped', async () => {
  const bound = 64 << 10;
  const { processor, world, out, send } = running({ wait_duration: '10s', max_pending_bytes: bound });
  for (let i = 0; i < 100; i++) {
    await send({ trace: i, name: `a${i}`, size: 3000 });
    expect(world.metrics['kanmon_group_by_trace_pending_bytes']).toBeLessThanOrEqual(bound);
  }
  await send({ trace: 1000, name: 'huge', size: bound }, { trace: 1001, name: 'b' });
  await processor.shutdown(live());
  expect(new Set(out.flat())).toEqual(new Set([...Array.from({ length: 100 }, (_, i) => `a${i}`), 'b']));
  expect(out.flat()).toHaveLength(101);
  expect(world.books).toMatchObject({ balance: 0, droppedItems: { span_too_large: 1 }, heldItems: { pending: 0 } });
});

test('a trace of up to 3 MiB leaves in one batch, and small traces share one', async () => {
  const { processor, world, out, send } = running({ wait_duration: '1s' });
  const names = Array.from({ length: 29 }, (_, i) => `a${i}`);
  for (const name of names) await send({ trace: 1, name, size: 100_000 }, { trace: 2, name: `b${name}` });
  await world.clock.pass(1125);
  expect(out).toEqual([names, names.map((name) => `b${name}`)]);
  await processor.shutdown(live());
});

test('what is refused for now is offered again for five minutes, and then dropped', async () => {
  const { processor, world, out, answers, send } = running({ wait_duration: '1s' });
  answers.push(busy(), busy());
  await send({ trace: 1, name: 'a1' });
  await world.clock.pass(10_000);
  expect(out).toEqual([['a1']]);
  for (let i = 0; i < 100; i++) answers.push(busy());
  await send({ trace: 2, name: 'b1' });
  await world.clock.pass(330_000);
  expect(world.books).toMatchObject({ outItems: 1, droppedItems: { retries_exhausted: 1 }, balance: 0 });
  answers.length = 0;
  answers.push(new DeliveryError('bad', { class: 'permanent', reason: 'backend_refused' }));
  await send({ trace: 3, name: 'c1' });
  await world.clock.pass(2000);
  expect(world.books).toMatchObject({ droppedItems: { retries_exhausted: 1, backend_refused: 1 }, balance: 0 });
  await processor.shutdown(live());
  expect(total(world.books.heldItems)).toBe(0);
});

test('while the next component takes nothing, traces wait, and then senders, until their deadline', async () => {
  const { processor, world, out, answers, send } = running({ wait_duration: '1s', num_traces: 20 });
  const opened: (() => void)[] = [];
  for (let i = 0; i < 8; i++) answers.push(new Promise((resolve) => opened.push(resolve)));
  // Eight batches are under way, each of one trace.
  for (let i = 0; i < 8; i++) {
    await send({ trace: i, name: `a${i}` });
    await world.clock.pass(1125);
  }
  for (let i = 0; i < 20; i++) await send({ trace: 100 + i, name: `b${i}` });
  await world.clock.pass(1125);
  const deadline = world.clock.now() + 500;
  const spans = [
    { trace: 119, name: 'late' },
    { trace: 200, name: 'c' },
  ];
  const sent = processor.consume(request(...spans), { ...emptyContext, deadline }).catch((error: unknown) => error);
  const waits = send({ trace: 201, name: 'd' });
  await world.clock.pass(600);
  const error = await sent;
  expect(error).toMatchObject({ class: 'retryable', reason: 'deadline_exceeded', remaining: { itemCount: 2 } });
  expect(world.books).toMatchObject({ outItems: 0, returnedItems: { deadline_exceeded: 2 }, balance: 0 });
  expect(world.metrics[metric('traces_evicted')]).toBe(0);
  for (const open of opened) open();
  await waits;
  await processor.shutdown(live());
  expect(out.flat()).toHaveLength(8 + 20 + 1);
  expect(world.books).toMatchObject({ outItems: 29, balance: 0, heldItems: { pending: 0 } });
});

test('a shutdown hands on everything that waits, until the drain deadline', async () => {
  const one = running({ wait_duration: '1h' });
  await one.send({ trace: 1, name: 'a1' }, { trace: 2, name: 'b1' });
  await Promise.all([one.processor.shutdown(live()), one.processor.shutdown(live())]);
  expect(one.out).toEqual([['a1', 'b1']]);
  await expect(one.send({ trace: 3, name: 'c1' })).rejects.toMatchObject({ reason: 'shutdown', class: 'retryable' });
  expect(one.world.books).toMatchObject({ inItems: 3, outItems: 2, balance: 0, returnedItems: { shutdown: 1 } });

  const other = running({ wait_duration: '1h' });
  for (let i = 0; i < 100; i++) other.answers.push(busy());
  await other.send({ trace: 1, name: 'a1' });
  const deadline = new AbortController();
  const ended = other.processor.shutdown(deadline.signal);
  await other.world.clock.pass(5000);
  deadline.abort();
  await ended;
  expect(other.world.books).toMatchObject({ outItems: 0, droppedItems: { shutdown: 1 }, balance: 0 });
});

test('a shutdown hands on what any service still has, whichever of them held the most before', async () => {
  const { processor, world, out, send } = running({ wait_duration: '1s' });
  await send({ trace: 1, name: 'nameless', service: '', size: 3000 });
  for (let i = 2; i < 5; i++) await send({ trace: i, name: `a${i}`, service: `service ${i}` });
  await world.clock.pass(500);
  await send({ trace: 5, name: 'late', service: 'service 5' });
  await world.clock.pass(700);
  expect(out.flat().toSorted()).toEqual(['a2', 'a3', 'a4', 'nameless']);
  await processor.shutdown(live());
  expect(out.flat().slice(4)).toEqual(['late']);
  expect(world.books).toMatchObject({ inItems: 5, outItems: 5, balance: 0, heldItems: { pending: 0 } });
});

test('options that are not there, and memory that there cannot be, are errors by name', () => {
  const fault = (options: object): unknown => {
    const result = config.safeParse(options);
    return result.error?.issues.map(({ path, message }) => [path.join('::'), message]);
  };
  expect(fault({ store_on_disk: true })).toEqual([
    ['store_on_disk', `option 'disk storage' not supported in this release`],
  ]);
  expect(fault({ discard_orphans: true })).toEqual([
    ['discard_orphans', `option 'discard orphans' not supported in this release`],
  ]);
  expect(fault({ num_traces: 0 })).toEqual([['num_traces', 'must be at least 1, not 0']]);
  expect(fault({ num_workers: 0 })).toEqual([['num_workers', 'must be at least 1, not 0']]);
  expect(fault({ wait_duration: '1001h' })).toEqual([['wait_duration', 'must not be longer than 1000h']]);
  expect(() => running({ max_pending_bytes: Number.MAX_SAFE_INTEGER })).toThrow('memory limit');
});
