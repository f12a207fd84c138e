import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { connectorParts, heldWorld, spans } from '../../../test/support/held-world.js';
import { definition } from './index.js';

test('the very batch passes, and so does the refusal of what comes next', async () => {
  const seen: Batch[] = [];
  let refuse = false;
  const next = {
    consume: (batch: Batch): Promise<void> => {
      seen.push(batch);
      return refuse
        ? Promise.reject(new DeliveryError('no', { class: 'permanent', reason: 'test' }))
        : Promise.resolve();
    },
  };
  const parts = connectorParts(heldWorld(), ['traces', 'traces'], { 'traces/2': next });
  const connector = await definition.create({}, parts.context, parts.next);
  const batch = spans('a');
  await connector.consume(batch, emptyContext);
  expect(seen).toEqual([batch]);
  refuse = true;
  await expect(connector.consume(batch, emptyContext)).rejects.toThrow('no');
});

test('each signal goes to its own kind only', () => {
  expect(definition.stability.every(([from, to]) => from === to)).toBe(true);
});
