import { AttributedView } from './attributes.js';
import { Layout } from './layout.js';
import { Range } from './range.js';
import { ValueView } from './value.js';
import { Word64 } from './word64.js';

const record = new Layout('LogRecord');
const time = record.field('time_unix_nano');
const observedTime = record.field('observed_time_unix_nano');
const severityNumber = record.field('severity_number');
const severityText = record.field('severity_text');
const body = record.field('body');
const dropped = record.field('dropped_attributes_count');
const flags = record.field('flags');
const traceId = record.field('trace_id');
const spanId = record.field('span_id');
const eventName = record.field('event_name');

/** A log record. An ID that was not sent has no bytes. */
export class LogRecordView extends AttributedView {
  readonly #time: Word64 = new Word64();
  readonly #observedTime: Word64 = new Word64();
  readonly #severityText: Range = new Range();
  readonly #body: ValueView = new ValueView();
  readonly #traceId: Range = new Range();
  readonly #spanId: Range = new Range();
  readonly #eventName: Range = new Range();

  constructor() {
    super(record);
  }

  get timeUnixNano(): Word64 {
    return this.fields.fixed64(time, this.#time);
  }

  get observedTimeUnixNano(): Word64 {
    return this.fields.fixed64(observedTime, this.#observedTime);
  }

  /** 1 to 24, four for each of trace, debug, info, warn, error, fatal; 0 unspecified. */
  get severityNumber(): number {
    return this.fields.int32(severityNumber);
  }

  get severityText(): Range {
    return this.fields.range(severityText, this.#severityText);
  }

  get body(): ValueView {
    this.fields.message(body, this.#body.fields);
    return this.#body;
  }

  get droppedAttributesCount(): number {
    return this.fields.uint32(dropped);
  }

  get flags(): number {
    return this.fields.fixed32(flags);
  }

  get traceId(): Range {
    return this.fields.range(traceId, this.#traceId);
  }

  get spanId(): Range {
    return this.fields.range(spanId, this.#spanId);
  }

  get eventName(): Range {
    return this.fields.range(eventName, this.#eventName);
  }
}
