import type { FinishedSpan } from '../../component/recent-spans.js';
import { keyValues, nanos, type KeyValue } from './json.js';

const kinds = { internal: 1, server: 2, client: 3 } as const;

/** An export request of own spans, OTLP/JSON. */
export function tracesRequest(resource: readonly KeyValue[], scope: object, spans: readonly FinishedSpan[]): object {
  return { resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope, spans: spans.map(spanJson) }] }] };
}

function spanJson(span: FinishedSpan): object {
  return {
    traceId: span.context.traceId,
    spanId: span.context.spanId,
    ...(span.context.state === '' ? {} : { traceState: span.context.state }),
    ...(span.parent === undefined ? {} : { parentSpanId: span.parent.spanId }),
    name: span.name,
    kind: kinds[span.kind],
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(span.endMs),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: span.dropped.attributes,
    events: span.events.map(({ timeMs, name, attributes }) => ({ timeUnixNano: nanos(timeMs), name, attributes: keyValues(attributes) })),
    droppedEventsCount: span.dropped.events,
    links: span.links.map(({ traceId, spanId, state }) => ({ traceId, spanId, ...(state === '' ? {} : { traceState: state }) })),
    droppedLinksCount: span.dropped.links,
    status: span.failure === undefined ? {} : { code: 2, message: span.failure },
    flags: 1,
  };
}
