import type { ByteBudget } from '../../component/budget.js';
import { memoryLimit } from './budget.js';
import { idleBytes } from './buffer-pool.js';
import { collectEarly } from './early-collection.js';
import { heldBytes } from './held.js';
import { limitHeapGrowth } from './heap-growth.js';
import { recycleMemory } from './idle-buffers.js';

/** Sets up V8 and the buffer pool for the memory limit of this process. Call it once. */
export function applyMemoryPolicy(queues: Pick<ByteBudget, 'used'>): void {
  const limit = memoryLimit().bytes;
  limitHeapGrowth(limit);
  recycleMemory(limit);
  collectEarly(limit, () => queues.used + idleBytes() + heldBytes());
}
