import { expect, test } from 'vitest';
import { systemClock } from '../component/clock.js';
import { emptyContext } from '../component/consumer.js';
import { Batch } from '../otlp/batch.js';
import { SharedByteBudget } from '../runtime/memory/budget.js';
import { encodeSpans } from '../../test/support/otlp.js';
import { MemoryQueue } from './queue.js';
import type { Granted } from './queue-admission.js';

/** A batch of which nobody has looked for the items yet, as a merged one is. */
const unindexed = (): Batch =>
  new Batch('traces', encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]), 1);

function reservedIn(queue: MemoryQueue, batch: Batch): Granted {
  const room = queue.reserve(batch, 100);
  if (!room.granted) throw room.error;
  return room;
}

test.each(['withdrawn', 'offered', 'offered without a reservation'])(
  'a request gives back the bytes that it took, though another consumer finds its index before it is %s',
  (end) => {
    const budget = new SharedByteBudget(2 ** 20);
    const share = budget.share('exporter one');
    const queue = new MemoryQueue({ capacity: 10, sizer: 'requests', block: false, budget: share, clock: systemClock });
    const batch = unindexed();
    const room = end === 'offered without a reservation' ? 100 : reservedIn(queue, batch);
    if (end !== 'offered without a reservation') expect(batch.index.itemCount).toBe(1);
    if (end === 'withdrawn') queue.withdraw(room as Granted);
    else {
      void queue.offer(
        batch,
        emptyContext,
        emptyContext,
        (entry) => queue.release(entry),
        () => {},
        room,
      );
      expect(budget.used).toBeGreaterThan(100);
      const entry = queue.next();
      expect(entry?.batch.index.itemCount).toBe(1);
      entry?.open();
      entry?.close();
    }
    expect([queue.size, queue.bytes, share.used, budget.used]).toEqual([0, 0, 0, 0]);
  },
);
