import type { Random } from '../../component/clock.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Signal } from '../../otlp/signal.js';
import type { Owners, Route } from '../../otlp/keys/route.js';
import { byAttributes } from '../../otlp/keys/attributes.js';
import { resourceIdentity, streamIdentity } from '../../otlp/keys/identity.js';
import { metricName } from '../../otlp/keys/metric-name.js';
import { logService, metricService } from '../../otlp/keys/service.js';
import { logTraceId, traceId } from '../../otlp/keys/trace-id.js';

export interface RouteOptions {
  readonly routing_key: string;
  readonly routing_attributes: readonly string[];
  readonly consistent_keys: boolean;
}

type RoutedSignal = Exclude<Signal, 'profiles'>;

/** The keys of each signal (docs/spec/gateway.md#routing-keys). */
function routesOf(
  options: RouteOptions,
  random: Random,
): Readonly<Record<Signal, Readonly<Record<string, () => Route>>>> {
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

/** The routing of a signal. Throws the Collector's words for a key that does not fit. */
export function routeBy(options: RouteOptions, signal: Signal, random: Random): Route {
  const key = options.routing_key === '' ? (signal === 'traces' ? 'traceID' : 'service') : options.routing_key;
  const routes = routesOf(options, random)[signal];
  const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
  if (route) return route();
  const known = Object.keys(routes);
  throw new ConfigValueError(
    `unsupported routing_key: ${signal === 'traces' ? key : JSON.stringify(key)}; ${signal} can be routed by ` +
      known.join(', '),
    ['routing_key'],
    { given: key, known },
  );
}
