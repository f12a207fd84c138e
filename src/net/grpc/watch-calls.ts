import type { Clock } from '../../component/clock.js';
import type { Attributes, Histogram, Meter, MetricSpec } from '../../component/telemetry.js';
import type { Span, SpanContext, Tracer } from '../../component/tracer.js';
import { headerField, type FieldList } from '../http2/fields.js';
import { secondsBoundaries } from '../seconds-boundaries.js';
import { code, codeConstant } from './status.js';

const duration = (side: 'server' | 'client', way: string): MetricSpec => ({
  name: `rpc.${side}.call.duration`,
  description: `Measures the duration of an ${way} Remote Procedure Call (RPC).`,
  unit: 's',
  kind: 'histogram',
  level: 'detailed',
  boundaries: secondsBoundaries,
});

export const rpcServerDuration: MetricSpec = duration('server', 'incoming');
export const rpcClientDuration: MetricSpec = duration('client', 'outgoing');

/** One call under observation. */
export interface WatchedCall {
  readonly span: Span | undefined;
  /** How it ended; only the first time counts. */
  ended(number: number, message: string): void;
}

export type WatchServerCalls = (path: string, headers: FieldList) => WatchedCall;
export type WatchClientCalls = (path: string, parent: SpanContext | undefined) => WatchedCall;

export interface CallWatchParts {
  readonly meter: Meter;
  readonly tracer?: Tracer | undefined;
  readonly clock: Clock;
}

/** Watches the calls of a server; undefined when neither metrics nor spans of single calls are wanted. */
export function watchServerCalls(parts: CallWatchParts, attributes: Attributes): WatchServerCalls | undefined {
  const watch = watcher(parts, rpcServerDuration, {});
  if (!watch) return undefined;
  const { tracer } = parts;
  return (path, headers) =>
    watch(path, () =>
      tracer?.start(path.slice(1), {
        kind: 'server',
        parent: tracer.extract((name) => headerField(headers, name)),
        attributes: { 'rpc.method': path.slice(1), 'rpc.system.name': 'grpc', ...attributes },
      }),
    );
}

/** Watches the calls of a client towards the backend that `attributes` name. */
export function watchClientCalls(parts: CallWatchParts, attributes: Attributes): WatchClientCalls | undefined {
  const watch = watcher(parts, rpcClientDuration, attributes);
  if (!watch) return undefined;
  const { tracer } = parts;
  return (path, parent) =>
    watch(path, () =>
      tracer?.start(path.slice(1), {
        kind: 'client',
        parent,
        attributes: { 'rpc.method': path.slice(1), 'rpc.system.name': 'grpc', ...attributes },
      }),
    );
}

function watcher(
  { meter, tracer, clock }: CallWatchParts,
  spec: MetricSpec,
  attributes: Attributes,
): ((path: string, begin: () => Span | undefined) => WatchedCall) | undefined {
  const measured = meter.level === 'detailed';
  if (!measured && !tracer) return undefined;
  const paths: Map<string, Histogram[]> = new Map();
  const histogram = (path: string, number: number): Histogram => {
    let codes = paths.get(path);
    if (!codes) paths.set(path, (codes = []));
    return (codes[number] ??= meter.histogram(spec, {
      'rpc.method': path.slice(1),
      'rpc.response.status_code': codeConstant(number),
      'rpc.system.name': 'grpc',
      ...attributes,
    }));
  };
  return (path, begin) => {
    const began = clock.now();
    const span = begin();
    let over = false;
    return {
      span,
      ended(number, message) {
        if (over) return;
        over = true;
        // A peer can name any number.
        if (measured)
          histogram(path, number <= code.Unauthenticated ? number : code.Unknown).record((clock.now() - began) / 1000);
        if (!span) return;
        span.set({ 'rpc.response.status_code': codeConstant(number) });
        if (number !== code.OK) span.fail(message);
        span.end();
      },
    };
  };
}
