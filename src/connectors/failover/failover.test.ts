import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectorParts, heldWorld, namesOf, spans, type HeldWorld } from '../../../test/support/held-world.js';
import { Cancellation } from '../../component/cancellation.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import type { Connector } from '../../component/define.js';
import { deliveredOf, DeliveryError } from '../../component/delivery-error.js';
import type { StatusEvent } from '../../component/status.js';
import { splitByCount } from '../../otlp/parts/partition.js';
import { definition } from './index.js';

type Answer = 'accept' | 'refuse' | 'refuse for good' | 'not permitted' | 'take one' | 'hang';

/** A pipeline that answers by a list, then the same for ever, and has no room while `full`. */
class Backend implements Consumer {
  readonly got: string[] = [];
  readonly answers: Answer[] = [];
  always: Answer = 'accept';
  full = false;
  readonly reserve: Consumer['reserve'] & {};

  constructor() {
    this.reserve = () => {
      const error = new DeliveryError('queue is full', { class: 'retryable', reason: 'queue_full', local: true });
      if (this.full) return { granted: false, error, refuse: () => void this.got.push('full') };
      return undefined;
    };
  }

  async consume(...[batch, { signal }]: Parameters<Consumer['consume']>): Promise<void> {
    switch (this.answers.shift() ?? this.always) {
      case 'accept':
        this.got.push(...namesOf(batch));
        return;
      case 'refuse':
        throw new DeliveryError('not now', { class: 'retryable', reason: 'backend_refused' });
      case 'refuse for good':
        throw new DeliveryError('bad data', { class: 'permanent', reason: 'backend_refused' });
      case 'not permitted': {
        const status = { code: 7, message: 'not permitted', details: [] };
        throw new DeliveryError('not permitted', { class: 'permanent', reason: 'backend_refused', status });
      }
      case 'take one': {
        const [first, remaining] = splitByCount(batch, 1, batch.itemCount);
        if (!first || !remaining) throw new DeliveryError('not now', { class: 'retryable', reason: 'backend_refused' });
        this.got.push(...namesOf(first));
        throw new DeliveryError('not all', { class: 'retryable', reason: 'backend_refused', remaining });
      }
      case 'hang':
        await new Promise<void>((resolve) => signal?.addEventListener('abort', resolve));
        throw new DeliveryError('given up', { class: 'retryable', reason: 'cancelled' });
    }
  }
}

interface Made extends HeldWorld {
  readonly connector: Connector;
  /** By name of the pipeline. */
  readonly to: Readonly<Record<string, Backend>>;
  readonly statuses: StatusEvent[];
  send(...names: string[]): Promise<void>;
}

/** A connector before a pipeline for each name of each level. */
async function made(options: Readonly<Record<string, unknown>>, levels = [['a'], ['b'], ['c']]): Promise<Made> {
  const world = heldWorld({ id: 'failover' });
  const names = levels.flat();
  const to = Object.fromEntries(names.map((name) => [name, new Backend()]));
  const outputs = Object.fromEntries(names.map((name) => [`traces/${name}`, to[name] as Backend]));
  const parts = connectorParts(world, ['traces', 'traces'], outputs);
  const config = definition.config.parse({
    priority_levels: levels.map((level) => level.map((name) => `traces/${name}`)),
    retry_interval: '1m',
    ...options,
  });
  const connector = await definition.create(config, parts.context, parts.next);
  const statuses: StatusEvent[] = [];
  await connector.start?.({
    capability: () => {
      throw new Error('none');
    },
    report: (event) => void statuses.push(event),
    addPage: () => () => {},
    inspect: () => {
      throw new Error('none');
    },
  });
  return { ...world, connector, to, statuses, send: (...names) => connector.consume(spans(...names), emptyContext) };
}

const got = ({ to }: Made): string[][] => Object.values(to).map((backend) => backend.got);
const active = ({ metrics }: Made): number | undefined => metrics['otelcol_connector_failover_active_level'];

test('a failing level hands over within the request, once for all, and logs the switch with its reason', async () => {
  const world = await made({});
  await world.send('1');
  (world.to['a'] as Backend).always = 'refuse';
  await Promise.all([world.send('2'), world.send('3')]);
  await world.send('4');
  expect(got(world)).toEqual([['1'], ['2', '3', '4'], []]);
  expect([active(world), world.metrics['otelcol_connector_failover_count']]).toEqual([1, 1]);
  expect(world.lines).toEqual([
    {
      level: 'warn',
      message: 'A level has failed, and the next one takes over',
      fields: { from: ['traces/a'], to: ['traces/b'], error: 'not now' },
    },
  ]);
  expect([world.books.inItems, world.books.outItems, world.books.balance]).toEqual([4, 4, 0]);
  await world.clock.pass(60_000);
  (world.to['a'] as Backend).always = 'accept';
  await world.send('5');
  expect([got(world)[0], active(world)]).toEqual([['1', '5'], 0]);
  expect(world.lines.at(-1)).toMatchObject({ level: 'info', fields: { from: ['traces/b'], to: ['traces/a'] } });
});

test('what a level has taken does not go to the next one', async () => {
  const world = await made({});
  (world.to['a'] as Backend).always = 'take one';
  await world.send('1', '2', '3');
  expect(got(world)).toEqual([['1'], ['2', '3'], []]);
  (world.to['b'] as Backend).always = 'take one';
  (world.to['c'] as Backend).always = 'refuse';
  const error = await world.send('4', '5', '6').then(
    () => undefined,
    (failure: DeliveryError) => failure,
  );
  expect(got(world)).toEqual([['1'], ['2', '3', '4'], []]);
  expect(error?.message).toBe('All provided pipelines return errors: not all; not now');
  expect(error?.remaining && namesOf(error.remaining)).toEqual(['5', '6']);
  expect(error && deliveredOf(error, 3)).toBe(1);
  expect(world.books.returnedItems).toEqual({ backend_refused: 2 });
  expect(world.books.balance).toBe(0);
});

test('data that is refused for good is tried on every level, and no level is to blame', async () => {
  const world = await made({});
  for (const backend of Object.values(world.to)) backend.answers.push('refuse for good');
  await expect(world.send('1')).rejects.toMatchObject({ class: 'permanent', reason: 'backend_refused' });
  (world.to['a'] as Backend).answers.push('refuse for good');
  await world.send('2');
  expect([got(world), active(world), world.lines]).toEqual([[[], ['2'], []], 0, []]);
  (world.to['a'] as Backend).answers.push('not permitted');
  await world.send('3');
  expect([got(world)[1], active(world)]).toEqual([['2', '3'], 1]);
});

test('one level that may take it later makes the refusal one that may pass', async () => {
  const world = await made({}, [['a'], ['b']]);
  (world.to['a'] as Backend).answers.push('refuse for good');
  (world.to['b'] as Backend).answers.push('refuse');
  await expect(world.send('1')).rejects.toMatchObject({ class: 'retryable' });
});

test('while all levels are down requests are refused at once, with the time of the next try', async () => {
  const world = await made({}, [['a'], ['b']]);
  for (const backend of Object.values(world.to)) backend.always = 'refuse';
  await expect(world.send('1')).rejects.toThrow('All provided pipelines return errors: not now');
  await world.clock.pass(1000);
  for (const backend of Object.values(world.to)) backend.always = 'accept';
  await expect(world.send('2')).rejects.toMatchObject({
    ...{ message: 'All provided pipelines return errors', class: 'retryable', reason: 'levels_down' },
    ...{ local: true, retryAfterMs: 4000 },
  });
  expect([got(world), active(world), world.statuses.at(-1)?.status]).toEqual([[[], []], -1, 'recoverable_error']);
  await world.clock.pass(4000);
  await world.send('3');
  expect([got(world), active(world), world.statuses.at(-1)?.status]).toEqual([[['3'], []], 0, 'ok']);
  expect(world.lines.map(({ level }) => level)).toEqual(['warn', 'error', 'info']);
  expect(world.books.balance).toBe(0);
});

test('all pipelines of a level get the data, and one that fails fails the level', async () => {
  const world = await made({}, [['a', 'b'], ['c']]);
  await world.send('1');
  expect(got(world)).toEqual([['1'], ['1'], []]);
  (world.to['b'] as Backend).always = 'refuse';
  await world.send('2');
  expect([got(world), active(world)]).toEqual([[['1', '2'], ['1'], ['2']], 1]);
});

test('a level of which one pipeline has no room gets nothing, so that nothing is there twice', async () => {
  const world = await made({}, [['a', 'b'], ['c']]);
  (world.to['b'] as Backend).full = true;
  await world.send('1');
  expect(got(world)).toEqual([[], ['full'], ['1']]);
});

test('a caller that tries again reaches only the pipelines of a level that do not have the data', async () => {
  const world = await made({ down_retry_interval: '1s' }, [['a', 'b'], ['c']]);
  (world.to['b'] as Backend).always = 'refuse';
  (world.to['c'] as Backend).always = 'refuse';
  const error = await world.send('1', '2').then(
    () => undefined,
    (failure: DeliveryError) => failure,
  );
  expect(error && deliveredOf(error, 2)).toBe(2);
  await world.clock.pass(1000);
  await expect(error?.resume?.(emptyContext)).rejects.toThrow('not now');
  (world.to['b'] as Backend).always = 'accept';
  await world.clock.pass(1000);
  await error?.resume?.(emptyContext);
  expect(got(world)).toEqual([['1', '2'], ['1', '2'], []]);
  expect(world.books.balance).toBe(0);
});

test('a sender that leaves is no failure of the level, five in a row are', async () => {
  const world = await made({});
  (world.to['a'] as Backend).always = 'hang';
  for (let i = 0; i < 5; i++) {
    expect(active(world)).toBe(0);
    const signal = new Cancellation();
    const sent = world.connector.consume(spans('1'), { ...emptyContext, signal });
    signal.abort('sender');
    await expect(sent).rejects.toThrow('given up');
  }
  expect([got(world), active(world)]).toEqual([[[], [], []], 1]);
});

test('room is looked for on the levels in their order, and nothing changes until it is used', async () => {
  const world = await made({});
  (world.to['a'] as Backend).full = true;
  const batch = spans('1');
  const room = world.connector.reserve?.(batch, emptyContext);
  if (room?.granted !== true) throw new Error('no room');
  room.release();
  expect([got(world), active(world)]).toEqual([[[], [], []], 0]);
  const again = world.connector.reserve?.(batch, emptyContext);
  if (again?.granted !== true) throw new Error('no room');
  await again.consume(batch, emptyContext);
  expect([got(world), active(world)]).toEqual([[['full'], ['1'], []], 1]);
  for (const backend of Object.values(world.to)) backend.full = true;
  const none = world.connector.reserve?.(batch, emptyContext);
  if (none?.granted !== false) throw new Error('there is room');
  none.refuse(none.error);
  expect([none.error.message, active(world)]).toEqual(['All provided pipelines return errors: queue is full', -1]);
  expect([world.books.inItems, world.books.returnedItems, world.books.balance]).toEqual([2, { queue_full: 1 }, 0]);
});

test('a level that lets senders wait for room lets them wait', async () => {
  const world = await made({}, [['a'], ['b']]);
  const error = new DeliveryError('full', { class: 'retryable', reason: 'queue_full' });
  const refused: string[] = [];
  Object.assign(world.to['a'] as Backend, {
    reserve: () => ({
      ...{ granted: false, error, whenRoom: () => () => {} },
      refuse: (why: DeliveryError) => void refused.push(why.message),
    }),
  });
  const answer = world.connector.reserve?.(spans('1'), emptyContext);
  if (answer?.granted !== false) throw new Error('there is room');
  expect(answer.whenRoom).toBeDefined();
  answer.refuse(new DeliveryError('left', { class: 'retryable', reason: 'cancelled' }));
  expect([refused, active(world), world.books.returnedItems]).toEqual([['left'], 0, { cancelled: 1 }]);
});

test('with a queue the sender does not wait, and what all levels refuse is offered again', async () => {
  const world = await made({ sending_queue: {} }, [['a'], ['b']]);
  for (const backend of Object.values(world.to)) backend.always = 'refuse';
  await world.send('1');
  await world.clock.pass(1);
  expect([active(world), world.books.heldItems['retry']]).toEqual([-1, 1]);
  for (const backend of Object.values(world.to)) backend.always = 'accept';
  await world.clock.pass(60_000);
  expect([got(world), world.books.outItems, world.books.balance]).toEqual([[['1'], []], 1, 0]);
});

test('deprecated options are named, and levels that say nothing are faults', async () => {
  const world = await made({ retry_gap: '30s', max_retries: 10 });
  expect(world.lines.map(({ message }) => message)).toEqual([
    '`retry_gap` is deprecated and has no effect',
    '`max_retries` is deprecated and has no effect',
  ]);
  const faults = (value: unknown): string[] =>
    definition.config.safeParse(value).error?.issues.map(({ message, path }) => `${path.join('.')}: ${message}`) ?? [];
  expect(faults({})).toEqual(['priority_levels: No pipelines are defined in the priority list']);
  expect(faults({ priority_levels: [['traces/a'], []] })).toEqual(['priority_levels.1: names no pipeline']);
  expect(faults({ priority_levels: [['traces/a']], retry_interval: '0s' })).toEqual([
    'retry_interval: must be positive',
  ]);
});

test('whatever the levels answer, no item is delivered twice, and every item has its outcome', async () => {
  const answer = fc.constantFrom<Answer>('accept', 'refuse', 'refuse for good', 'not permitted', 'take one');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(answer, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.record({ items: fc.integer({ min: 1, max: 4 }), pass: fc.constantFrom(0, 0, 5000, 60_000) }), {
        maxLength: 12,
      }),
      async (backends, requests) => {
        const world = await made(
          {},
          backends.map((_, i) => [String.fromCodePoint(97 + i)]),
        );
        for (const [i, backend] of Object.values(world.to).entries()) backend.answers.push(...(backends[i] ?? []));
        let serial = 0;
        let accepted = 0;
        for (const { items, pass } of requests) {
          const names = Array.from({ length: items }, () => `i${serial++}`);
          const before = got(world).flat().length;
          const error = await world.send(...names).then(
            () => undefined,
            (failure: unknown) => DeliveryError.from(failure),
          );
          const taken = got(world).flat().length - before;
          expect(taken).toBe(error ? deliveredOf(error, items) : items);
          accepted += taken;
          expect(world.books.balance).toBe(0);
          await world.clock.pass(pass);
        }
        const all = got(world).flat();
        expect(new Set(all).size).toBe(all.length);
        expect(world.books.outItems).toBe(accepted);
        expect(world.books.inItems).toBe(serial);
        await world.connector.shutdown?.(AbortSignal.abort());
      },
    ),
    { numRuns: 300 },
  );
});
