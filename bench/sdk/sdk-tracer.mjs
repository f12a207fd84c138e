import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { TraceState, hrTimeToMilliseconds, millisToHrTime } from '@opentelemetry/core';
import { AlwaysOnSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

/**
 * `Tracer` of src/component/tracer.ts on the SDK: what would stand in place of tracer.ts and span.ts, without
 * configuration.
 */
export class SdkTracer {
  #tracer;
  #clock;

  constructor(clock, limits, ended) {
    this.#clock = clock;
    const spanLimits = {
      attributeValueLengthLimit:
        limits.attribute_value_length_limit < 0 ? Infinity : limits.attribute_value_length_limit,
      attributeCountLimit: limits.attribute_count_limit,
      eventCountLimit: limits.event_count_limit,
      linkCountLimit: limits.link_count_limit,
      attributePerEventCountLimit: limits.event_attribute_count_limit,
      attributePerLinkCountLimit: limits.link_attribute_count_limit,
    };
    const processor = {
      onStart() {},
      onEnd: (span) => ended(finished(span)),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    const provider = new BasicTracerProvider({
      sampler: new AlwaysOnSampler(),
      spanLimits,
      spanProcessors: [processor],
    });
    this.#tracer = provider.getTracer('kanmon');
  }

  start(name, { kind = 'internal', parent, links = [], attributes }) {
    const clock = this.#clock;
    const startMs = clock.unixMs();
    const options = {
      kind: kinds[kind],
      startTime: millisToHrTime(startMs),
      links: links.map((context) => ({ context: fromOurs(context) })),
      ...(attributes ? { attributes } : {}),
    };
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, fromOurs(parent)) : ROOT_CONTEXT;
    return new SdkSpan(this.#tracer.startSpan(name, options, context), clock, startMs);
  }
}

class SdkSpan {
  #span;
  #clock;
  #startMs;
  #began;

  constructor(span, clock, startMs) {
    this.#span = span;
    this.#clock = clock;
    this.#startMs = startMs;
    this.#began = clock.now();
    this.context = toOurs(span.spanContext());
  }
  set(attributes) {
    this.#span.setAttributes(attributes);
  }
  event(name, attributes) {
    this.#span.addEvent(name, attributes, this.#now());
  }
  fail(message) {
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  end() {
    if (this.#span.isRecording()) this.#span.end(this.#now());
  }
  #now() {
    return millisToHrTime(this.#startMs + this.#clock.now() - this.#began);
  }
}

const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };
const names = { [SpanKind.INTERNAL]: 'internal', [SpanKind.SERVER]: 'server', [SpanKind.CLIENT]: 'client' };

function finished(span) {
  return {
    context: toOurs(span.spanContext()),
    parent: span.parentSpanContext && toOurs(span.parentSpanContext),
    name: span.name,
    kind: names[span.kind],
    startMs: hrTimeToMilliseconds(span.startTime),
    endMs: hrTimeToMilliseconds(span.endTime),
    attributes: span.attributes,
    events: span.events.map(({ time, name, attributes }) => ({ timeMs: hrTimeToMilliseconds(time), name, attributes })),
    links: span.links.map(({ context }) => toOurs(context)),
    failure: span.status.code === SpanStatusCode.ERROR ? (span.status.message ?? '') : undefined,
    dropped: {
      attributes: span.droppedAttributesCount,
      events: span.droppedEventsCount,
      links: span.droppedLinksCount,
    },
  };
}

function toOurs({ traceId, spanId, traceFlags, traceState }) {
  return { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0, state: traceState?.serialize() ?? '' };
}

function fromOurs({ traceId, spanId, sampled, state }) {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return {
    traceId,
    spanId,
    traceFlags,
    isRemote: true,
    ...(state === '' ? {} : { traceState: new TraceState(state) }),
  };
}
