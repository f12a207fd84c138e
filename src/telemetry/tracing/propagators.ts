import { defaultTextMapSetter, ROOT_CONTEXT, trace, TraceFlags, type TextMapPropagator } from '@opentelemetry/api';
import { CompositePropagator, TraceState, W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3Propagator } from '@opentelemetry/propagator-b3';
import type { SpanContext } from '../../component/tracer.js';
import { propagatorFault, type PropagatorName } from './propagator-names.js';
import type { Propagator } from './tracer.js';

// Loaded only when a configuration names a propagator (decision 0007).

type Field = (name: string) => string | undefined;

const getter = { get: (field: Field, name: string): string | undefined => field(name), keys: (): string[] => [] };

/** W3C Trace Context, and Zipkin's B3: read from one field or several, written as one. */
const known: Readonly<Record<PropagatorName, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  b3: () => new B3Propagator(),
};

/**
 * All propagators of a list as one. Each writes its fields; where several find a sender's span, the last one counts, as
 * in the Collector. Throws on an unknown name.
 */
export function propagatorOf(names: readonly string[]): Propagator {
  const propagators = names.map((name) => {
    const fault = propagatorFault(name);
    if (fault) throw new Error(fault.message);
    return known[name as PropagatorName]();
  });
  const all = new CompositePropagator({ propagators });
  return {
    extract(field) {
      const found = trace.getSpanContext(all.extract(ROOT_CONTEXT, field, getter));
      if (!found) return undefined;
      const { traceId, spanId, traceFlags, traceState } = found;
      return {
        traceId,
        spanId,
        sampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
        state: traceState?.serialize() ?? '',
      };
    },
    inject(span) {
      const fields: Record<string, string> = {};
      all.inject(contextOf(span), fields, defaultTextMapSetter);
      return fields;
    },
  };
}

function contextOf({ traceId, spanId, sampled, state }: SpanContext): typeof ROOT_CONTEXT {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const span = { traceId, spanId, traceFlags, ...(state === '' ? {} : { traceState: new TraceState(state) }) };
  return trace.setSpanContext(ROOT_CONTEXT, span);
}
