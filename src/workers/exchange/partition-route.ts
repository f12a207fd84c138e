import type { PartitionKey } from '../../component/define.js';
import { resourceIdentity, streamIdentity } from '../../otlp/keys/identity.js';
import type { Owners, Route } from '../../otlp/keys/route.js';
import { logService } from '../../otlp/keys/service.js';
import { logTraceId, traceId } from '../../otlp/keys/trace-id.js';
import type { Signal } from '../../otlp/signal.js';

/** A prime below 2^17, because CRC-32 spreads badly over powers of two. */
const positions = 131_071;

/**
 * Spreads keys evenly over `count` workers, numbered from 0 here. Not the ring: that keeps most keys in place when
 * backends come and go, and pays for it with up to 1.25 times the mean for one of them; the number of workers never
 * changes while they run.
 */
export function evenOwners(count: number): Owners {
  return { ownerOf: (hash) => (hash % positions) % count };
}

/** Log records without a trace ID belong to no trace, so that they stay where they are. */
const nowhere = (): number => -1;

/** The keys of each signal. Resources of all signals have the same shape, and so have their keys. */
const routes: Readonly<Record<PartitionKey, Readonly<Partial<Record<Signal, Route>>>>> = {
  trace: { traces: traceId, logs: logTraceId(nowhere, true) },
  service: { traces: logService, metrics: logService, logs: logService },
  resource: { traces: resourceIdentity, metrics: resourceIdentity, logs: resourceIdentity },
  stream: { metrics: streamIdentity },
};

/** The route of what stays together. Throws when the items of a signal have no such key. */
export function partitionRoute(by: PartitionKey, signal: Signal): Route {
  const route = routes[by][signal];
  if (!route)
    throw new Error(`several workers can't partition ${signal} by ${by}, as its definition says; use --workers 1`);
  return route;
}
