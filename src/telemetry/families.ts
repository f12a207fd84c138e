import type { MetricFamily } from './registry.js';

/** All metrics at this moment: those of this process, or of all workers together. */
export type Families = () => Promise<Iterable<MetricFamily>>;
