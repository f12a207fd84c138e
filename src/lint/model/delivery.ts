import { isTelling } from '../../config/hidden.js';
import type { Setting } from '../setting.js';
import type { Component } from './deployment.js';
import { destinationsOf, isLoopback } from './endpoints.js';

/** The settings of an exporter's queue, retries, timeout and TLS; those of each backend for one that routes. */
export function deliveryOf({ config, traits }: Component): Setting {
  return traits.sends === 'routed' ? config.at('protocol', 'otlp') : config;
}

/** The extension that keeps the queue of an exporter on disk. */
export function storageOf(exporter: Component): Setting {
  const own = exporter.config.at('sending_queue', 'storage');
  return own.isSet ? own : deliveryOf(exporter).at('sending_queue', 'storage');
}

/** Time for one attempt, milliseconds; undefined when it cannot be known. */
export function timeoutOf(exporter: Component): number | undefined {
  return deliveryOf(exporter)
    .at('timeout')
    .durationOr(exporter.traits.sends === 'otlp/http' ? 30_000 : 5000);
}

/** The exporter answers when its backend has, so that who hands on data waits for that. */
export function answersForBackend(exporter: Component): boolean {
  const queue = deliveryOf(exporter).at('sending_queue');
  return queue.at('enabled').flagOr(true) === false || queue.at('wait_for_result').flagOr(false) === true;
}

/** The setting by which an exporter sends in plain text; undefined when it does not, or that cannot be known. */
export function plainTextOf(exporter: Component): Setting | undefined {
  const insecure = deliveryOf(exporter).at('tls', 'insecure');
  const isGrpc = exporter.traits.sends === 'otlp/grpc' || exporter.traits.sends === 'routed';
  if (isGrpc && insecure.flagOr(false) === true) return insecure;
  return destinationsOf(exporter)
    .map(({ at }) => at)
    .find((at) => /^http:\/\//i.test(at.textOr('') ?? ''));
}

/** The hosts outside of this machine that an exporter sends to. */
export function remoteHostsOf(exporter: Component): string[] {
  return destinationsOf(exporter).flatMap(({ host }) => (host === undefined || isLoopback(host) ? [] : host));
}

/** The setting by which an exporter proves who it is. */
export function credentialsOf(exporter: Component): Setting | undefined {
  const group = deliveryOf(exporter);
  const auth = group.at('auth');
  if (auth.isSet) return auth;
  const headers = group.at('headers');
  const named = headers.entries().find(([name]) => isTelling(name))?.[1];
  return named ?? headers.items().find((item) => isTelling(item.at('name').textOr('') ?? ''));
}
