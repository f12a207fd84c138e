import { workers } from '../lib/workers.mjs';

/** One long connection, whose load the workers share by handing batches over. */
export const workload = workers(1);
