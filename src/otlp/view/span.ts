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
    return this.readRange(statusMessage, this.#message);
  }

  /** 0 unset, 1 ok, 2 error. */
  get code(): number {
    return this.readInt32(statusCode);
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
    super(event, event.field('attributes'));
  }

  next(): boolean {
    return this.advance();
  }

  get timeUnixNano(): Word64 {
    return this.readFixed64(eventTime, this.#time);
  }

  get name(): Range {
    return this.readRange(eventName, this.#name);
  }

  get droppedAttributesCount(): number {
    return this.readUint32(eventDropped);
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
    super(link, link.field('attributes'));
  }

  next(): boolean {
    return this.advance();
  }

  get traceId(): Range {
    return this.readRange(linkTraceId, this.#traceId);
  }

  get spanId(): Range {
    return this.readRange(linkSpanId, this.#spanId);
  }

  get traceState(): Range {
    return this.readRange(linkTraceState, this.#traceState);
  }

  get droppedAttributesCount(): number {
    return this.readUint32(linkDropped);
  }

  get flags(): number {
    return this.readFixed32(linkFlags);
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
    super(span, span.field('attributes'));
  }

  get traceId(): Range {
    return this.readRange(traceId, this.#traceId);
  }

  get spanId(): Range {
    return this.readRange(spanId, this.#spanId);
  }

  get traceState(): Range {
    return this.readRange(traceState, this.#traceState);
  }

  get parentSpanId(): Range {
    return this.readRange(parentSpanId, this.#parentSpanId);
  }

  get name(): Range {
    return this.readRange(name, this.#name);
  }

  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  get kind(): number {
    return this.readInt32(kind);
  }

  get startTimeUnixNano(): Word64 {
    return this.readFixed64(start, this.#start);
  }

  /** `span.endTimeUnixNano.minus(span.startTimeUnixNano)` is the duration in nanoseconds. */
  get endTimeUnixNano(): Word64 {
    return this.readFixed64(end, this.#end);
  }

  get droppedAttributesCount(): number {
    return this.readUint32(droppedAttributes);
  }

  events(): EventView {
    return this.readList(events, this.#events);
  }

  get droppedEventsCount(): number {
    return this.readUint32(droppedEvents);
  }

  links(): LinkView {
    return this.readList(links, this.#links);
  }

  get droppedLinksCount(): number {
    return this.readUint32(droppedLinks);
  }

  get status(): StatusView {
    return this.readMessage(statusField, this.#status);
  }

  get flags(): number {
    return this.readFixed32(flags);
  }
}
