import type { MetricSpec } from '../component/telemetry.js';

export const offloadedBatches: MetricSpec = {
  name: 'kanmon_worker_offloaded_batches',
  description: 'Batches that a worker handed to another one because it received more than its share.',
  unit: '{batch}',
  kind: 'counter',
  level: 'basic',
};

export const incompleteBooks: MetricSpec = {
  name: 'kanmon_worker_incomplete_books',
  description:
    'Workers that cannot write their books to their file, or could not when they ended: the ledger misses what they ' +
    'counted since.',
  unit: '{worker}',
  kind: 'gauge',
  level: 'basic',
};

export const exchangedItems: MetricSpec = {
  name: 'kanmon_exchange_items',
  description:
    'Items that an exchange handed to the worker that owns them; `moved`: it is not the one that received them.',
  unit: '{item}',
  kind: 'counter',
  level: 'basic',
};
