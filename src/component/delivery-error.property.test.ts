import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namesOf, spans } from '../../test/support/held-world.js';
import type { Batch } from '../otlp/batch.js';
import { splitByCount } from '../otlp/parts/partition.js';
import { emptyContext, type Consumer } from './consumer.js';
import { DeliveryError, failureOf, type Failure, type GrpcStatus } from './delivery-error.js';

const status: fc.Arbitrary<GrpcStatus> = fc.record({
  code: fc.integer({ min: 1, max: 16 }),
  message: fc.constantFrom('down', 'full'),
  details: fc.constant([]),
});
const error = fc
  .record({
    message: fc.constantFrom('a', 'b', 'c'),
    class: fc.constantFrom('permanent' as const, 'retryable' as const),
    reason: fc.constantFrom('queue_full', 'backend_refused', 'shutdown'),
    status: fc.option(status, { nil: undefined }),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 9000 }), { nil: undefined }),
    local: fc.boolean(),
  })
  .map(({ message, ...options }) => new DeliveryError(message, options));

/**
 * Parts of one batch, with the error of each that failed; `taken` is how many of its items a failed part lost
 * nevertheless.
 */
const parts = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 4 }), taken: fc.nat({ max: 3 }), error: fc.option(error) }),
  {
    minLength: 1,
    maxLength: 8,
  },
);

interface Cut {
  readonly whole: Batch;
  readonly failures: readonly Failure[];
}

function cut(
  shape: readonly { readonly size: number; readonly taken: number; readonly error: DeliveryError | null }[],
): Cut {
  let serial = 0;
  const failures: Failure[] = [];
  const names: string[] = [];
  for (const { size, taken, error: failed } of shape) {
    const own = Array.from({ length: size }, () => `i${serial++}`);
    names.push(...own);
    if (!failed) continue;
    const left = own.slice(Math.min(taken, size - 1));
    failures.push({ error: failed, remaining: splitByCount(spans(...left), 1, 2) });
  }
  return { whole: spans(...names), failures };
}

const namesIn = (failures: readonly Failure[]): string[] =>
  failures.flatMap(({ remaining }) => remaining.flatMap(namesOf));
const classesIn = (failures: readonly Failure[]): Set<string> =>
  new Set(failures.map(({ error: { class: each } }) => each));

test('what remains of the parts is exactly the union of what each did not take, and adds up to the whole', () => {
  fc.assert(
    fc.property(parts, (shape) => {
      const { whole, failures } = cut(shape);
      fc.pre(failures.length > 0);
      const joined = DeliveryError.join(failures, 'any-retryable');
      const remaining = namesOf(joined.remaining as Batch);
      expect(remaining).toEqual(namesIn(failures));
      expect(joined.remaining?.itemCount).toBe(remaining.length);
      const taken = namesOf(whole).filter((name) => !remaining.includes(name));
      expect(taken.length + remaining.length).toBe(whole.itemCount);
      expect(joined.class).toBe(classesIn(failures).has('retryable') ? 'retryable' : 'permanent');
    }),
  );
});

test('parts that are given up and parts that remain are all parts that failed', () => {
  fc.assert(
    fc.property(parts, (shape) => {
      const { failures } = cut(shape);
      fc.pre(failures.length > 0);
      const givenUp: Failure[] = [];
      const joined = DeliveryError.join(failures, 'retry-what-can-be', (failure) => givenUp.push(failure));
      const remaining = namesOf(joined.remaining as Batch);
      expect([...remaining, ...namesIn(givenUp)].sort()).toEqual(namesIn(failures).sort());
      if (joined.class === 'permanent') expect(givenUp).toEqual([]);
      else expect(classesIn(givenUp).has('retryable')).toBe(false);
    }),
  );
});

test('the fields of a joined error are those of its leaders', () => {
  fc.assert(
    fc.property(parts, fc.constantFrom('any-permanent' as const, 'any-retryable' as const), (shape, rule) => {
      const { failures } = cut(shape);
      fc.pre(failures.length > 0);
      const errors = failures.map((failure) => failure.error);
      const retryable = errors.filter((each) => each.class === 'retryable');
      const leaders = rule === 'any-permanent' || retryable.length === 0 ? errors : retryable;
      const joined = DeliveryError.join(failures, rule);
      const waits = leaders.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
      expect(joined).toMatchObject({
        reason: leaders[0]?.reason,
        local: leaders.every(({ local }) => local),
        cause: leaders[0],
      });
      expect(joined.retryAfterMs).toBe(waits.length === 0 ? undefined : Math.max(...waits));
      expect(joined.message.split('; ')).toEqual([...new Set(errors.map(({ message }) => message))]);
      const first = leaders.find((each) => each.status)?.status;
      expect(joined.status).toEqual(first && (errors.length > 1 ? { ...first, message: joined.message } : first));
      if (rule === 'any-permanent') {
        expect(joined.class).toBe(retryable.length === errors.length ? 'retryable' : 'permanent');
        expect(joined.remaining).toBeUndefined();
      }
    }),
  );
});

/** A consumer that refuses by a list, each time all but the first `takes` items. */
class Branch implements Consumer {
  readonly taken: string[] = [];
  readonly #takes: number[];

  constructor(takes: readonly number[]) {
    this.#takes = [...takes];
  }

  async consume(batch: Batch): Promise<void> {
    const takes = this.#takes.shift() ?? batch.itemCount;
    const [first, ...rest] = takes === 0 ? [undefined, batch] : splitByCount(batch, takes, batch.itemCount);
    if (first) this.taken.push(...namesOf(first));
    if (rest[0])
      throw new DeliveryError('m', { class: 'retryable', reason: 'r', ...(first ? { remaining: rest[0] } : {}) });
    return Promise.resolve();
  }
}

test('resuming a joined error hands each branch, in the end, every item exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat({ max: 3 }), { maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      async (takes) => {
        const branches = takes.map((each) => new Branch(each));
        const batch = spans('a', 'b', 'c', 'd', 'e');
        const failures: Failure[] = [];
        for (const branch of branches)
          await branch
            .consume(batch)
            .catch((failure: unknown) => failures.push(failureOf(failure, batch, (rest) => branch.consume(rest))));
        let resume = failures.length > 0 ? DeliveryError.join(failures, 'any-permanent').resume : undefined;
        while (resume) {
          const next = await resume(emptyContext).then(
            () => undefined,
            (failure: unknown) => failure as DeliveryError,
          );
          resume = next?.resume;
        }
        for (const { taken } of branches) expect(taken).toEqual(['a', 'b', 'c', 'd', 'e']);
      },
    ),
  );
});

test('parts resume their branches when one of them can, and are consumed again when none can', async () => {
  const reached: string[] = [];
  const resumable = new DeliveryError('m', {
    class: 'retryable',
    reason: 'r',
    resume: async () => void reached.push('branch'),
  });
  const plain = new DeliveryError('m', { class: 'retryable', reason: 'r' });
  const again = async (batch: Batch): Promise<void> => void reached.push(namesOf(batch).join(' '));
  const both = [failureOf(resumable, spans('a', 'b'), again), failureOf(plain, spans('c'), again)];
  await DeliveryError.join(both, 'any-retryable').resume?.(emptyContext);
  expect(reached).toEqual(['branch', 'c']);
  expect(DeliveryError.join([failureOf(plain, spans('c'), again)], 'any-retryable').resume).toBeUndefined();
});

test('an error of another type is a permanent defect', () => {
  expect(DeliveryError.from(new TypeError('x is not a function'))).toMatchObject({
    message: 'Permanent error: x is not a function',
    class: 'permanent',
    reason: 'internal_error',
  });
  const known = new DeliveryError('m', { class: 'retryable', reason: 'r' });
  expect(DeliveryError.from(known)).toBe(known);
});
