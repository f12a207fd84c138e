import type { Clock } from '../../component/clock.js';
import { shownUrl } from '../../component/shown-url.js';
import type { Attributes, Histogram, Meter, MetricSpec } from '../../component/telemetry.js';
import type { Span, SpanContext, Tracer } from '../../component/tracer.js';
import { secondsBoundaries } from '../seconds-boundaries.js';

/** Upper bounds of the durations of requests, seconds (HTTP semantic conventions). */

type Side = 'server' | 'client';

const specs = (side: Side): Readonly<Record<'duration' | 'request' | 'response', MetricSpec>> => ({
  duration: {
    name: `http.${side}.request.duration`,
    description: `Duration of HTTP ${side} requests.`,
    unit: 's',
    kind: 'histogram',
    level: 'detailed',
    boundaries: secondsBoundaries,
  },
  request: {
    name: `http.${side}.request.body.size`,
    description: `Size of HTTP ${side} request bodies.`,
    unit: 'By',
    kind: 'histogram',
    level: 'detailed',
  },
  response: {
    name: `http.${side}.response.body.size`,
    description: `Size of HTTP ${side} response bodies.`,
    unit: 'By',
    kind: 'histogram',
    level: 'detailed',
  },
});

const server = specs('server');
const client = specs('client');

export const httpServerMetrics: readonly MetricSpec[] = Object.values(server);
export const httpClientMetrics: readonly MetricSpec[] = [client.duration, client.request];

export interface RequestWatchParts {
  readonly meter: Meter;
  readonly tracer?: Tracer | undefined;
  readonly clock: Clock;
}

/** How a request ended. Sizes in bytes, as they were on the wire. */
export interface Ending {
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** The pattern that matched; undefined when none did. */
  readonly route?: string | undefined;
}

/** One request under observation. */
export interface WatchedRequest {
  readonly span: Span | undefined;
  /** Only the first time counts. */
  ended(ending: Ending): void;
  /** No answer came. */
  failed(message: string): void;
}

/** The properties of a request that are known when it begins. */
export interface RequestStart {
  readonly method: string;
  readonly path: string;
  /** The `Host` field, or the authority. */
  readonly host: string;
  readonly scheme: 'http' | 'https';
  /** `1.1`, `2`. */
  readonly version: string;
  readonly peerAddress: string | undefined;
  readonly peerPort: number | undefined;
  field(name: string): string | undefined;
}

/** Characters of a sender's `Host` in labels: names have 253, and a port 5. */
const mostHost = 260;
/** Characters of a request's path in spans. */
const mostPath = 1024;
const methods = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE', 'QUERY']);

/** Watches the requests of a server; undefined when neither metrics nor spans of single requests are wanted. */
export function watchServerRequests(parts: RequestWatchParts): ((start: RequestStart) => WatchedRequest) | undefined {
  const { meter, tracer, clock } = parts;
  const measured = meter.level === 'detailed';
  if (!measured && !tracer) return undefined;
  const histograms = new HistogramsByKey(meter, server);
  return (start) => {
    const method = methods.has(start.method) ? start.method : '_OTHER';
    const authority = start.host.slice(0, mostHost);
    const { host, port } = hostOf(authority);
    const path = start.path.slice(0, mostPath);
    const span = tracer?.start(`${method} ${path}`, {
      kind: 'server',
      parent: tracer.extract((name) => start.field(name)),
      attributes: {
        ...{
          'server.address': host,
          'http.request.method': method,
          'url.scheme': start.scheme,
          ...(port ? { 'server.port': port } : {}),
        },
        ...(start.peerAddress === undefined
          ? {}
          : {
              'network.peer.address': start.peerAddress,
              'client.address': start.peerAddress,
              'network.peer.port': start.peerPort ?? 0,
            }),
        'url.path': path,
        'network.protocol.version': start.version,
      },
    });
    return watched(clock, span, (ending, seconds) => {
      const { status, route, requestBytes, responseBytes } = ending;
      span?.set({
        ...(requestBytes > 0 ? { 'http.request.body.size': requestBytes } : {}),
        ...(responseBytes > 0 ? { 'http.response.body.size': responseBytes } : {}),
        'http.response.status_code': status,
      });
      if (status >= 500) span?.fail('');
      if (!measured) return;
      const of = histograms.of(
        `${method} ${status} ${route ?? ''} ${start.version} ${start.scheme} ${authority}`,
        () => ({
          'http.request.method': method,
          'http.response.status_code': status,
          ...(route === undefined ? {} : { 'http.route': route }),
          'network.protocol.name': 'http',
          'network.protocol.version': start.version,
          'server.address': host,
          ...(port ? { 'server.port': port } : {}),
          'url.scheme': start.scheme,
        }),
      );
      of.duration.record(seconds);
      of.request.record(requestBytes);
      of.response.record(responseBytes);
    });
  };
}

/** Watches the requests of a client. */
export function watchClientRequests(
  parts: RequestWatchParts,
): ((url: string, parent: SpanContext | undefined) => WatchedRequest) | undefined {
  const { meter, tracer, clock } = parts;
  const measured = meter.level === 'detailed';
  if (!measured && !tracer) return undefined;
  const histograms = new HistogramsByKey(meter, { duration: client.duration, request: client.request });
  return (url, parent) => {
    const { protocol, host: authority, hostname, port: given } = new URL(url);
    const scheme = protocol.replace(':', '');
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const port = given === '' ? 0 : Number(given);
    const where: Attributes = { 'server.address': host, ...(port ? { 'server.port': port } : {}) };
    const span = tracer?.start('HTTP POST', {
      kind: 'client',
      parent,
      attributes: {
        'http.request.method': 'POST',
        'url.full': shownUrl(url),
        ...where,
        'network.protocol.version': '1.1',
      },
    });
    return watched(clock, span, ({ status, requestBytes }, seconds) => {
      span?.set({ 'http.response.status_code': status });
      if (status >= 400) span?.fail('');
      if (!measured) return;
      const of = histograms.of(`${status} ${authority}`, () => ({
        'http.request.method': 'POST',
        'http.response.status_code': status,
        'network.protocol.name': 'http',
        'network.protocol.version': '1.1',
        ...where,
        'url.scheme': scheme,
      }));
      of.duration.record(seconds);
      of.request.record(requestBytes);
    });
  };
}

function watched(
  clock: Clock,
  span: Span | undefined,
  report: (ending: Ending, seconds: number) => void,
): WatchedRequest {
  const began = clock.now();
  let over = false;
  return {
    span,
    ended(ending) {
      if (over) return;
      over = true;
      report(ending, (clock.now() - began) / 1000);
      span?.end();
    },
    failed(message) {
      if (over) return;
      over = true;
      span?.fail(message);
      span?.end();
    },
  };
}

/** How many combinations of labels are remembered here; the registry bounds their number for good. */
const mostRemembered = 1024;

/** The histograms of one combination of labels, found by a key that says the same. */
class HistogramsByKey<K extends string> {
  readonly #meter: Meter;
  readonly #specs: Readonly<Record<K, MetricSpec>>;
  readonly #known: Map<string, Readonly<Record<K, Histogram>>> = new Map();

  constructor(meter: Meter, all: Readonly<Record<K, MetricSpec>>) {
    this.#meter = meter;
    this.#specs = all;
  }

  of(key: string, attributes: () => Attributes): Readonly<Record<K, Histogram>> {
    let found = this.#known.get(key);
    if (found) return found;
    const labels = attributes();
    const made: Partial<Record<K, Histogram>> = {};
    for (const name of Object.keys(this.#specs) as K[]) made[name] = this.#meter.histogram(this.#specs[name], labels);
    found = made as Readonly<Record<K, Histogram>>;
    // Senders choose `Host`, so that what is remembered needs a bound.
    if (this.#known.size >= mostRemembered) this.#known.clear();
    this.#known.set(key, found);
    return found;
  }
}

function hostOf(field: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[(.*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(field);
  return { host: match?.[1] ?? match?.[2] ?? field, port: Number(match?.[3] ?? 0) };
}
