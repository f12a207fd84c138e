import { tagOf } from '../fields.js';
import { Builder } from './builder.js';

const tags = {
  spans: tagOf('ScopeSpans', 'spans'),
  traceId: tagOf('Span', 'trace_id'),
  spanId: tagOf('Span', 'span_id'),
  parentId: tagOf('Span', 'parent_span_id'),
  state: tagOf('Span', 'trace_state'),
  name: tagOf('Span', 'name'),
  kind: tagOf('Span', 'kind'),
  start: tagOf('Span', 'start_time_unix_nano'),
  end: tagOf('Span', 'end_time_unix_nano'),
  flags: tagOf('Span', 'flags'),
  status: tagOf('Span', 'status'),
  code: tagOf('Status', 'code'),
  message: tagOf('Status', 'message'),
  droppedAttributes: tagOf('Span', 'dropped_attributes_count'),
  droppedEvents: tagOf('Span', 'dropped_events_count'),
  droppedLinks: tagOf('Span', 'dropped_links_count'),
  events: tagOf('Span', 'events'),
  eventTime: tagOf('Event', 'time_unix_nano'),
  eventName: tagOf('Event', 'name'),
  links: tagOf('Span', 'links'),
  linkTraceId: tagOf('Link', 'trace_id'),
  linkSpanId: tagOf('Link', 'span_id'),
  linkState: tagOf('Link', 'trace_state'),
} as const;

const kinds = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const codes = { unset: 0, ok: 1, error: 2 } as const;

export type SpanKind = keyof typeof kinds;
export type StatusCode = keyof typeof codes;

/**
 * Makes a batch of spans. IDs are hexadecimal digits or bytes.
 *
 * @example
 * const batch = new SpanBuilder()
 *   .resource().attribute('service.name', 'checkout')
 *   .scope('example', '1.0.0')
 *   .span('GET /cart', 'server')
 *   .ids('5b8aa5a2d2c872e8321cf37308d69df2', '051581bf3cb55c13')
 *   .times(1_700_000_000_000, 1_700_000_000_021.5)
 *   .attribute('http.response.status_code', 200)
 *   .event('cache miss', 1_700_000_000_003).attribute('cache.key', 'cart-7')
 *   .status('error', 'timed out')
 *   .finish();
 * batch.itemCount; // 1
 */
export class SpanBuilder extends Builder {
  constructor() {
    super({
      signal: 'traces',
      resources: 'ResourceSpans',
      resourcesTag: tagOf('TracesData', 'resource_spans'),
      scopes: 'ScopeSpans',
      scopesTag: tagOf('ResourceSpans', 'scope_spans'),
    });
  }

  /** Begins a span of the scope. */
  span(name: string, kind: SpanKind = 'unspecified'): this {
    this.within('ScopeSpans');
    this.open('Span', tags.spans);
    this.count++;
    this.text(tags.name, name);
    this.number(tags.kind, kinds[kind]);
    return this;
  }

  /** `parentId` is empty for a root span. */
  ids(traceId: string | Uint8Array, spanId: string | Uint8Array, parentId: string | Uint8Array = ''): this {
    this.within('Span');
    this.id(tags.traceId, traceId, 16);
    this.id(tags.spanId, spanId, 8);
    this.id(tags.parentId, parentId, 8);
    return this;
  }

  times(startUnixMs: number, endUnixMs: number, startNanos = 0, endNanos = 0): this {
    this.within('Span');
    this.time(tags.start, startUnixMs, startNanos);
    this.time(tags.end, endUnixMs, endNanos);
    return this;
  }

  /** The trace state as W3C writes it, and the flags of the trace context. */
  context(traceState: string, flags: number): this {
    this.within('Span');
    this.text(tags.state, traceState);
    this.fixed32(tags.flags, flags);
    return this;
  }

  status(code: StatusCode, message = ''): this {
    this.within('Span');
    this.open('Status', tags.status);
    this.text(tags.message, message);
    this.number(tags.code, codes[code]);
    this.within('Span');
    return this;
  }

  /** Counts of what the limits of the sender left out. */
  dropped(attributes: number, events: number, links: number): this {
    this.within('Span');
    this.number(tags.droppedAttributes, attributes);
    this.number(tags.droppedEvents, events);
    this.number(tags.droppedLinks, links);
    return this;
  }

  /** An event of the span; its attributes follow. */
  event(name: string, unixMs: number, nanos = 0): this {
    this.within('Span');
    this.open('Event', tags.events);
    this.time(tags.eventTime, unixMs, nanos);
    this.text(tags.eventName, name);
    return this;
  }

  /** A link of the span; its attributes follow. */
  link(traceId: string | Uint8Array, spanId: string | Uint8Array, traceState = ''): this {
    this.within('Span');
    this.open('Link', tags.links);
    this.id(tags.linkTraceId, traceId, 16);
    this.id(tags.linkSpanId, spanId, 8);
    this.text(tags.linkState, traceState);
    return this;
  }
}
