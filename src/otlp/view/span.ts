import { AttributedView } from './attributes.js';
import { Layout } from './layout.js';
import { MessageView } from './message.js';
import { Range } from './range.js';
import { Word64 } from './word64.js';

const status = new Layout('Status');
const statusMessage = status.field('message');
const statusCode = status.field('code');

export class StatusView extends MessageView {
  readonly #message: Range = new Range();

  constructor() {
    super(status);
  }

  get message(): Range {
    return this.fields.range(statusMessage, this.#message);
  }

  /** 0 unset, 1 ok, 2 error. */
  get code(): number {
    return this.fields.int32(statusCode);
  }
}

const event = new Layout('Event');
const eventTime = event.field('time_unix_nano');
const eventName = event.field('name');
const eventDropped = event.field('dropped_attributes_count');

export class EventView extends AttributedView {
  readonly #time: Word64 = new Word64();
  readonly #name: Range = new Range();

  constructor() {
    super(event);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get timeUnixNano(): Word64 {
    return this.fields.fixed64(eventTime, this.#time);
  }

  get name(): Range {
    return this.fields.range(eventName, this.#name);
  }

  get droppedAttributesCount(): number {
    return this.fields.uint32(eventDropped);
  }
}

const link = new Layout('Link');
const linkTraceId = link.field('trace_id');
const linkSpanId = link.field('span_id');
const linkTraceState = link.field('trace_state');
const linkDropped = link.field('dropped_attributes_count');
const linkFlags = link.field('flags');

export class LinkView extends AttributedView {
  readonly #traceId: Range = new Range();
  readonly #spanId: Range = new Range();
  readonly #traceState: Range = new Range();

  constructor() {
    super(link);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get traceId(): Range {
    return this.fields.range(linkTraceId, this.#traceId);
  }

  get spanId(): Range {
    return this.fields.range(linkSpanId, this.#spanId);
  }

  get traceState(): Range {
    return this.fields.range(linkTraceState, this.#traceState);
  }

  get droppedAttributesCount(): number {
    return this.fields.uint32(linkDropped);
  }

  get flags(): number {
    return this.fields.fixed32(linkFlags);
  }
}

const span = new Layout('Span');
const traceId = span.field('trace_id');
const spanId = span.field('span_id');
const traceState = span.field('trace_state');
const parentSpanId = span.field('parent_span_id');
const name = span.field('name');
const kind = span.field('kind');
const start = span.field('start_time_unix_nano');
const end = span.field('end_time_unix_nano');
const droppedAttributes = span.field('dropped_attributes_count');
const events = span.field('events');
const droppedEvents = span.field('dropped_events_count');
const links = span.field('links');
const droppedLinks = span.field('dropped_links_count');
const statusField = span.field('status');
const flags = span.field('flags');

/** A span. An ID that was not sent has no bytes. */
export class SpanView extends AttributedView {
  readonly #traceId: Range = new Range();
  readonly #spanId: Range = new Range();
  readonly #traceState: Range = new Range();
  readonly #parentSpanId: Range = new Range();
  readonly #name: Range = new Range();
  readonly #start: Word64 = new Word64();
  readonly #end: Word64 = new Word64();
  readonly #events: EventView = new EventView();
  readonly #links: LinkView = new LinkView();
  readonly #status: StatusView = new StatusView();

  constructor() {
    super(span);
  }

  get traceId(): Range {
    return this.fields.range(traceId, this.#traceId);
  }

  get spanId(): Range {
    return this.fields.range(spanId, this.#spanId);
  }

  get traceState(): Range {
    return this.fields.range(traceState, this.#traceState);
  }

  get parentSpanId(): Range {
    return this.fields.range(parentSpanId, this.#parentSpanId);
  }

  get name(): Range {
    return this.fields.range(name, this.#name);
  }

  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  get kind(): number {
    return this.fields.int32(kind);
  }

  get startTimeUnixNano(): Word64 {
    return this.fields.fixed64(start, this.#start);
  }

  /** `span.endTimeUnixNano.minus(span.startTimeUnixNano)` is the duration in nanoseconds. */
  get endTimeUnixNano(): Word64 {
    return this.fields.fixed64(end, this.#end);
  }

  get droppedAttributesCount(): number {
    return this.fields.uint32(droppedAttributes);
  }

  events(): EventView {
    this.fields.list(events, this.#events.fields);
    return this.#events;
  }

  get droppedEventsCount(): number {
    return this.fields.uint32(droppedEvents);
  }

  links(): LinkView {
    this.fields.list(links, this.#links.fields);
    return this.#links;
  }

  get droppedLinksCount(): number {
    return this.fields.uint32(droppedLinks);
  }

  get status(): StatusView {
    this.fields.message(statusField, this.#status.fields);
    return this.#status;
  }

  get flags(): number {
    return this.fields.fixed32(flags);
  }
}
