import { workers } from '../lib/workers.mjs';

/** Sixteen connections over the workers. */
export const workload = workers(16);
