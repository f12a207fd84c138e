import type { Random } from '../../component/clock.js';
import type { Signal } from '../../otlp/signal.js';
import type { Owners, Route } from '../../otlp/keys/route.js';
import { byAttributes } from '../../otlp/keys/attributes.js';
import { resourceIdentity, streamIdentity } from '../../otlp/keys/identity.js';
import { metricName } from '../../otlp/keys/metric-name.js';
import { logService, metricService } from '../../otlp/keys/service.js';
import { logTraceId, traceId } from '../../otlp/keys/trace-id.js';
import { routingKeyFault, routingKeyOf, type RoutingKeys } from './routing-keys.js';

export interface RouteOptions {
  readonly routing_key: string;
  readonly routing_attributes: readonly string[];
  readonly consistent_keys: boolean;
}

type RoutedSignal = Exclude<Signal, 'profiles'>;

type RoutesOf = {
  readonly [S in Signal]: Readonly<Record<RoutingKeys[S], () => Route>>;
};

/** The keys of each signal (docs/spec/gateway.md#routing-keys). */
function routesOf(options: RouteOptions, random: Random): RoutesOf {
  const { routing_attributes: names, consistent_keys: consistent } = options;
  const attributes = (signal: RoutedSignal) => (): Route => byAttributes(names, signal, consistent);
  const anywhere = (ring: Owners): number => ring.ownerOf(Math.floor(random() * 0x100000000));
  const service = (signal: RoutedSignal) => (): Route => byAttributes(['service.name'], signal, consistent);
  return {
    traces: { traceID: () => traceId, service: service('traces'), attributes: attributes('traces') },
    logs: {
      traceID: () => logTraceId(anywhere, consistent),
      service: consistent ? service('logs') : () => logService,
      attributes: attributes('logs'),
      resource: () => resourceIdentity,
    },
    metrics: {
      service: consistent ? service('metrics') : () => metricService,
      attributes: attributes('metrics'),
      resource: () => resourceIdentity,
      metric: () => metricName,
      streamID: () => streamIdentity,
    },
    profiles: {},
  };
}

/** The routing of a signal. */
export function routeBy(options: RouteOptions, signal: Signal, random: Random): Route {
  const key = routingKeyOf(options.routing_key, signal);
  const routes: Readonly<Record<string, () => Route>> = routesOf(options, random)[signal];
  const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
  if (route) return route();
  throw new Error(routingKeyFault(options.routing_key, signal)?.message);
}
