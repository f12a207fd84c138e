import { systemClock } from '../component/clock.js';
import { Succession } from '../component/succession.js';
import { memoryLimit, queueMemoryShare, SharedByteBudget } from '../runtime/memory/budget.js';
import type { ProcessState } from '../pipeline/service.js';
import { Books } from '../telemetry/ledger.js';
import { silentMeter } from '../telemetry/silent.js';
import { buildInfo } from '../runtime/build-info.js';

/**
 * The state that the process has once, however often its configuration changes. `booksChanged` runs when the ledger
 * changes: with true before an acknowledgement.
 */
export function processState(booksChanged?: (accepted: boolean) => void): ProcessState {
  const { bytes, source } = memoryLimit();
  const budget = new SharedByteBudget(Math.floor(bytes * queueMemoryShare));
  const mib = (value: number): number => Math.round(value / 2 ** 20);
  return {
    books: new Books(silentMeter, booksChanged),
    budget,
    succession: new Succession(),
    clock: systemClock,
    random: Math.random,
    buildInfo,
    memory: { memory_limit_mib: mib(bytes), memory_limit_from: source, queues_limit_mib: mib(budget.limit) },
  };
}
