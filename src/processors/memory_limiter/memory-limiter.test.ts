import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld, spans } from '../../../test/support/held-world.js';
import { config } from './config.js';
import { createMemoryLimiter } from './memory-limiter.js';

const host = hostWith();
const mib = 2 ** 20;

test('above the soft limit data is refused until the memory is back, and the books balance', async () => {
  const { context, clock, books, metrics } = heldWorld();
  let used = 10 * mib;
  let collected = 0;
  const memory = { used: () => used, collect: () => void collected++ };
  let passed = 0;
  const next = { consume: (): Promise<void> => Promise.resolve(void passed++) };
  const limiter = createMemoryLimiter(
    config.parse({ check_interval: '1s', limit_mib: 100, spike_limit_mib: 20 }),
    context,
    next,
    () => memory,
  );
  await limiter.start?.(host);
  await limiter.consume(spans('a'), emptyContext);
  used = 90 * mib;
  await clock.pass(1001);
  await expect(limiter.consume(spans('b', 'c'), emptyContext)).rejects.toMatchObject({
    class: 'retryable',
    reason: 'memory_limit',
    local: true,
  });
  used = 200 * mib;
  await clock.pass(1000);
  expect(collected).toBe(1);
  used = 50 * mib;
  await clock.pass(1000);
  await limiter.consume(spans('d'), emptyContext);
  await limiter.shutdown?.(AbortSignal.abort());
  expect(passed).toBe(2);
  expect(books).toMatchObject({ inItems: 4, outItems: 2, returnedItems: { memory_limit: 2 }, balance: 0 });
  expect(metrics['otelcol_processor_memory_limiter_refused_spans']).toBe(2);
});

test.each([
  [{}, "'check_interval' must be greater than zero"],
  [{ check_interval: '1s' }, "'limit_mib' or 'limit_percentage' must be greater than zero"],
  [{ check_interval: '1s', limit_mib: 5, spike_limit_mib: 5 }, "'spike_limit_mib' must be smaller than 'limit_mib'"],
])('%j is refused', (settings, message) => {
  expect(config.safeParse(settings).error?.issues.map((issue) => issue.message)).toEqual([message]);
});
