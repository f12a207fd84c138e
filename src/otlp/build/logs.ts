import { tagOf } from '../fields.js';
import { varintSize } from '../wire/varint.js';
import { writeExactValue, writeValue, type AttributeValue, type ExactValue } from './any-value.js';
import { Builder, type Surroundings } from './builder.js';
import { writeTextValue } from './encoded-attribute.js';
import { writeSeconds, writeTime } from './numbers.js';

const tags = {
  records: tagOf('ScopeLogs', 'log_records'),
  time: tagOf('LogRecord', 'time_unix_nano'),
  observed: tagOf('LogRecord', 'observed_time_unix_nano'),
  severity: tagOf('LogRecord', 'severity_number'),
  severityText: tagOf('LogRecord', 'severity_text'),
  body: tagOf('LogRecord', 'body'),
  eventName: tagOf('LogRecord', 'event_name'),
  traceId: tagOf('LogRecord', 'trace_id'),
  spanId: tagOf('LogRecord', 'span_id'),
  flags: tagOf('LogRecord', 'flags'),
  dropped: tagOf('LogRecord', 'dropped_attributes_count'),
} as const;

const surroundings: Surroundings = {
  signal: 'logs',
  resources: 'ResourceLogs',
  resourcesTag: tagOf('LogsData', 'resource_logs'),
  scopes: 'ScopeLogs',
  scopesTag: tagOf('ResourceLogs', 'scope_logs'),
};

/**
 * Makes a batch of log records.
 *
 * @example
 * const batch = new LogBuilder()
 *   .resource().attribute('host.name', 'web-1')
 *   .scope('file_log')
 *   .record(1_700_000_000_000).severity(17, 'ERROR').body('disk full').attribute('log.file.name', 'app.log')
 *   .finish();
 */
export class LogBuilder extends Builder {
  /** `handsOver`: for batches of many records that are known whole, as `encodedRecords` takes them. */
  constructor(handsOver = false) {
    super(surroundings, handsOver);
  }

  /** Begins a record of the scope. The time is when it happened; 0 when that is not known. */
  record(unixMs: number, nanos = 0): this {
    this.within('ScopeLogs');
    this.open('LogRecord', tags.records);
    this.count++;
    this.time(tags.time, unixMs, nanos);
    return this;
  }

  /** Begins a record without a time: `happened` follows if it is known. */
  timelessRecord(): this {
    return this.record(0);
  }

  /** When it happened: seconds since 1970 of any sign, and nanoseconds. The sum keeps its lowest 64 bits. */
  happened(seconds: number, nanos: number): this {
    this.within('LogRecord');
    this.writer.tag(tags.time);
    writeSeconds(this.writer, seconds, nanos);
    return this;
  }

  /** When the record was collected. */
  observed(unixMs: number, nanos = 0): this {
    this.within('LogRecord');
    this.time(tags.observed, unixMs, nanos);
    return this;
  }

  /** `number` from 1 (trace) to 24 (fatal), 0 unspecified; `text` as the source names it. */
  severity(number: number, text = ''): this {
    this.within('LogRecord');
    this.number(tags.severity, number);
    this.text(tags.severityText, text);
    return this;
  }

  body(value: AttributeValue): this {
    this.within('LogRecord');
    this.open('AnyValue', tags.body);
    writeValue(this.writer, value);
    this.within('LogRecord');
    return this;
  }

  /** A body whose type is exact. */
  exactBody(value: ExactValue): this {
    this.within('LogRecord');
    this.open('AnyValue', tags.body);
    writeExactValue(this.writer, value);
    this.within('LogRecord');
    return this;
  }

  /** A body that is the text `bytes[from, to)`, which is UTF-8. Makes no object. */
  textBody(bytes: Buffer, from: number, to: number): this {
    this.within('LogRecord');
    writeTextValue(this.writer, tags.body, bytes, from, to);
    return this;
  }

  /**
   * A whole record without a time: its body is the text `bytes[from, to)`, which is UTF-8, and `attributes` are those
   * that `attributesFor('LogRecord')` encoded. All lengths are known, so that nothing is opened. Makes no object.
   */
  textRecord(observedMs: number, bytes: Buffer, from: number, to: number, attributes: Uint8Array): this {
    this.within('ScopeLogs');
    const { writer } = this;
    const value = 1 + varintSize(to - from) + to - from;
    writer.tag(tags.records);
    writer.varint(1 + varintSize(value) + value + attributes.length + 9);
    writeTextValue(writer, tags.body, bytes, from, to);
    writer.rawRun(attributes, 0, attributes.length);
    writer.tag(tags.observed);
    writeTime(writer, observedMs, 0);
    this.count++;
    return this;
  }

  /** `count` whole records of the scope as they are encoded, with their tags and lengths. Makes no object for each. */
  encodedRecords(bytes: Uint8Array, from: number, to: number, count: number): this {
    this.within('ScopeLogs');
    this.writer.rawRun(bytes, from, to);
    this.count += count;
    return this;
  }

  eventName(name: string): this {
    this.within('LogRecord');
    this.text(tags.eventName, name);
    return this;
  }

  /** The span that the record belongs to. IDs are hexadecimal digits or bytes. */
  context(traceId: string | Uint8Array, spanId: string | Uint8Array, flags = 0): this {
    this.within('LogRecord');
    this.id(tags.traceId, traceId, 16);
    this.id(tags.spanId, spanId, 8);
    this.fixed32(tags.flags, flags);
    return this;
  }

  /** Attributes that limits of the sender left out. */
  dropped(attributes: number): this {
    this.within('LogRecord');
    this.number(tags.dropped, attributes);
    return this;
  }
}
