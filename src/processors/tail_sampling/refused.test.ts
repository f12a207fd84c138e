import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { encodeSpans } from '../../../test/support/otlp.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { TailSampling } from './tail-sampling.js';

function spansOf(...traces: readonly number[]): Batch {
  const spans = traces.map((trace) => ({ traceId: trace.toString(16).padStart(32, '0'), spanId: '0000000000000001' }));
  return validate('traces', new Uint8Array(encodeSpans(spans)));
}

test('late spans that are dropped are booked, also when the rest of their request is refused', async () => {
  const { context, clock, books } = heldWorld();
  const next = { consume: () => Promise.resolve() };
  const options = { decision_wait: '1s', num_traces: 1, block_on_overflow: true };
  const sampler = new TailSampling(config.parse(options), context, next);
  sampler.start();
  await sampler.consume(spansOf(1), emptyContext);
  await clock.pass(2000);
  expect(books.droppedItems).toEqual({ not_sampled: 1 });
  await sampler.consume(spansOf(2), emptyContext);
  const deadline = clock.now() + 100;
  const sent = sampler.consume(spansOf(1, 3), { ...emptyContext, deadline }).catch((error: unknown) => error);
  await clock.pass(200);
  expect(await sent).toMatchObject({ reason: 'deadline_exceeded', remaining: { itemCount: 1 } });
  expect(books).toMatchObject({
    droppedItems: { not_sampled: 1, late_not_sampled: 1 },
    returnedItems: { deadline_exceeded: 1 },
    heldItems: { pending: 1 },
    balance: 0,
  });
  await sampler.shutdown(new AbortController().signal);
});
