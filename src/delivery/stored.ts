import type { QueueConfig } from './config.js';

/** Whether a queue is kept in a storage. Its component runs `once` then, because a storage has one user. */
export function isStored(queue: QueueConfig | undefined): queue is QueueConfig {
  return queue !== undefined && queue.storage !== '';
}
