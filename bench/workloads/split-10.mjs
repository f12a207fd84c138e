import { split } from '../lib/split.mjs';

/** OTLP/gRPC in, split by trace ID over ten backends. */
export const workload = split(10);
