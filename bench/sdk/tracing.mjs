// One request under observation: a server span with five attributes below a remote parent; then only its header fields.
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { AlwaysOnSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { traces } from '../../dist/telemetry/config/traces.js';
import { propagatorOf } from '../../dist/telemetry/tracing/propagators.js';
import { OwnTracer } from '../../dist/telemetry/tracing/tracer.js';
import { measure } from './measure.mjs';
import { SdkTracer } from './sdk-tracer.mjs';

const parent = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: true, state: '' };
const headers = { traceparent: `00-${parent.traceId}-${parent.spanId}-01`, tracestate: 'vendor=value' };
const attributes = {
  'http.request.method': 'POST',
  'url.path': '/v1/traces',
  'url.scheme': 'http',
  'server.address': 'gateway.example.org',
  'http.response.status_code': 200,
};
const clock = { now: () => performance.now(), unixMs: () => Date.now(), after: () => () => {} };

export function run() {
  const ours = new OwnTracer(traces.parse({ sampler: { always_on: {} } }), { clock, ended: () => {} });
  const processor = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
  const sdk = new BasicTracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [processor] }).getTracer(
    'kanmon',
  );
  const context = trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: TraceFlags.SAMPLED, isRemote: true });
  const adapted = new SdkTracer(clock, traces.parse({ limits: {} }).limits, () => {});
  const propagator = propagatorOf(['tracecontext']);
  const field = (name) => headers[name];
  measure([
    [
      'span, ours',
      (calls) => {
        for (let i = 0; i < calls; i++) ours.start('POST /v1/traces', { kind: 'server', parent, attributes }).end();
      },
    ],
    [
      'span, sdk-trace-base',
      (calls) => {
        for (let i = 0; i < calls; i++)
          sdk.startSpan('POST /v1/traces', { kind: SpanKind.SERVER, attributes }, context).end();
      },
    ],
    [
      'span, sdk-trace-base behind our Tracer',
      (calls) => {
        for (let i = 0; i < calls; i++) adapted.start('POST /v1/traces', { kind: 'server', parent, attributes }).end();
      },
    ],
    [
      'traceparent extracted and injected, core',
      (calls) => {
        for (let i = 0; i < calls; i++) propagator.inject(propagator.extract(field));
      },
    ],
  ]);
}
