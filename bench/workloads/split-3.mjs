import { split } from '../lib/split.mjs';

/** OTLP/gRPC in, split by trace ID over three backends. */
export const workload = split(3);
