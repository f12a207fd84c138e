import type { Signal } from '../../otlp/signal.js';
import type { ConfigFault } from './config-fault.js';

/** The keys that each signal can be routed by (docs/spec/gateway.md#routing-keys). */
export interface RoutingKeys {
  readonly traces: 'traceID' | 'service' | 'attributes';
  readonly logs: 'traceID' | 'service' | 'attributes' | 'resource';
  readonly metrics: 'service' | 'attributes' | 'resource' | 'metric' | 'streamID';
  readonly profiles: never;
}

const routingKeys: { readonly [S in Signal]: readonly RoutingKeys[S][] } = {
  traces: ['traceID', 'service', 'attributes'],
  logs: ['traceID', 'service', 'attributes', 'resource'],
  metrics: ['service', 'attributes', 'resource', 'metric', 'streamID'],
  profiles: [],
};

/** The key that a signal is routed by where none is set. */
export function routingKeyOf(given: string, signal: Signal): string {
  return given === '' ? (signal === 'traces' ? 'traceID' : 'service') : given;
}

/** The fault of a key for a signal, in the Collector's words; undefined: none. */
export function routingKeyFault(given: string, signal: Signal): ConfigFault | undefined {
  const key = routingKeyOf(given, signal);
  const known: readonly string[] = routingKeys[signal];
  if (known.includes(key)) return undefined;
  const alike = known.find((each) => each.toLowerCase() === key.toLowerCase());
  return {
    message:
      `unsupported routing_key: ${signal === 'traces' ? key : JSON.stringify(key)}; ${signal} can be routed by ` +
      known.join(', '),
    path: ['routing_key'],
    signal,
    hint:
      alike !== undefined
        ? `Did you mean ${JSON.stringify(alike)}?`
        : known.length === 0
          ? `Take the exporter out of the pipelines of ${signal}.`
          : `For ${signal}: ${known.join(', ')}.`,
  };
}
