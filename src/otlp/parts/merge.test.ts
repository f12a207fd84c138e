import { expect, test } from 'vitest';
import { encodeSpans } from '../../../test/support/otlp.js';
import { validate } from '../wire/validate.js';
import { merging } from './merge.js';

test('large batches are joined in pieces, one after the other', () => {
  const large = (id: string): ReturnType<typeof validate> =>
    validate('traces', encodeSpans([{ traceId: id.repeat(16), spanId: id.repeat(8) }], id.repeat(3 << 20)));
  const batches = [large('01'), large('02'), large('03')];
  const work = merging(batches);
  let pieces = 0;
  let step = work.next();
  for (; step.done !== true; step = work.next()) pieces++;
  expect(pieces).toBeGreaterThan(2);
  expect(Buffer.from(step.value.bytes).equals(Buffer.concat(batches.map(({ bytes }) => bytes)))).toBe(true);
  expect(step.value.itemCount).toBe(3);
});
