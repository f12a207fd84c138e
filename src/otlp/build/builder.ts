import { Batch } from '../batch.js';
import { tagOf, type MessageName } from '../fields.js';
import type { Signal } from '../signal.js';
import type { Key } from '../view/key.js';
import type { KeyValueView } from '../view/value.js';
import type { ViewedBytes } from '../wire/viewed-bytes.js';
import {
  writeAttribute,
  writeExactAttribute,
  type AttributeValue,
  type ExactValue,
  type IndexedMap,
} from './any-value.js';
import { writeEncodedAttribute, writeEncodedAttributes, writeTextAttribute } from './encoded-attribute.js';
import { writeEntryValue, writeIndexedMap } from './indexed-map.js';
import { MessageWriter } from './message-writer.js';
import { writeFixed64, writeTime } from './numbers.js';

/** The messages around the items of a signal, and their tags. */
export interface Surroundings {
  readonly signal: Signal;
  readonly resources: MessageName;
  readonly resourcesTag: number;
  readonly scopes: MessageName;
  readonly scopesTag: number;
}

const resourceTag = tagOf('ResourceSpans', 'resource');
const resourceSchemaTag = tagOf('ResourceSpans', 'schema_url');
const scopeTag = tagOf('ScopeSpans', 'scope');
const scopeSchemaTag = tagOf('ScopeSpans', 'schema_url');
const nameTag = tagOf('InstrumentationScope', 'name');
const versionTag = tagOf('InstrumentationScope', 'version');

/** The field that has the attributes of each message that has some. */
const attributeTags: Readonly<Partial<Record<MessageName, number>>> = {
  Resource: tagOf('Resource', 'attributes'),
  InstrumentationScope: tagOf('InstrumentationScope', 'attributes'),
  Span: tagOf('Span', 'attributes'),
  Event: tagOf('Event', 'attributes'),
  Link: tagOf('Link', 'attributes'),
  LogRecord: tagOf('LogRecord', 'attributes'),
  Metric: tagOf('Metric', 'metadata'),
  NumberDataPoint: tagOf('NumberDataPoint', 'attributes'),
  HistogramDataPoint: tagOf('HistogramDataPoint', 'attributes'),
  ExponentialHistogramDataPoint: tagOf('ExponentialHistogramDataPoint', 'attributes'),
  SummaryDataPoint: tagOf('SummaryDataPoint', 'attributes'),
  Exemplar: tagOf('Exemplar', 'filtered_attributes'),
};

/**
 * Writes an export request front to back: a resource, its scopes, their items. Each method belongs to one message and
 * closes what is open below it; `attribute` goes to the message that was opened last. A method whose message is not
 * open throws. Fields at their default value are not written. Times are milliseconds since the epoch with fractions;
 * `nanos` are added to them, for those who know them exactly. 64-bit numbers may be given as bigint.
 */
export class Builder {
  protected readonly writer: MessageWriter;
  protected count = 0;
  readonly #surroundings: Surroundings;
  readonly #open: MessageName[] = [];

  /** `handsOver`: a large batch has the memory that it was written to, and is not copied. */
  constructor(surroundings: Surroundings, handsOver = false) {
    this.#surroundings = surroundings;
    this.writer = handsOver ? new MessageWriter(4096, Batch) : new MessageWriter();
  }

  /** Bytes of the batch so far, about. */
  get size(): number {
    return this.writer.size;
  }

  /** Items so far: spans, data points or log records. */
  get itemCount(): number {
    return this.count;
  }

  /** Begins a resource; its attributes follow. */
  resource(schemaUrl = ''): this {
    while (this.#open.length > 0) this.#close();
    this.open(this.#surroundings.resources, this.#surroundings.resourcesTag);
    this.text(resourceSchemaTag, schemaUrl);
    this.open('Resource', resourceTag);
    return this;
  }

  /** Begins a scope of the resource; its attributes follow, then its items. */
  scope(name: string, version = '', schemaUrl = ''): this {
    this.within(this.#surroundings.resources);
    this.open(this.#surroundings.scopes, this.#surroundings.scopesTag);
    this.text(scopeSchemaTag, schemaUrl);
    this.open('InstrumentationScope', scopeTag);
    this.text(nameTag, name);
    this.text(versionTag, version);
    return this;
  }

  /** An attribute of the message that was opened last: resource, scope, item, event, link, data point or exemplar. */
  attribute(key: string, value: AttributeValue): this {
    writeAttribute(this.writer, this.#attributeTag(key), key, value);
    return this;
  }

  /** An attribute whose type is exact. */
  exactAttribute(key: string, value: ExactValue): this {
    writeEntryValue(this.writer, this.#attributeTag(key), key, value);
    return this;
  }

  /** The entries of a map as attributes. */
  exactAttributes(map: IndexedMap): this {
    if (map.size > 0) writeIndexedMap(this.writer, this.#attributeTag(''), map);
    return this;
  }

  /** An attribute with the text `[from, to)` of `source`, which is UTF-8. Makes no object. */
  textAttribute(key: Key, source: ViewedBytes, from: number, to: number): this {
    writeTextAttribute(this.writer, this.#attributeTag(key.text), key, source, from, to);
    return this;
  }

  /** An attribute with a value of any type: `[from, to)` of `source` is the body of an AnyValue. Makes no object. */
  encodedAttribute(key: Key, source: ViewedBytes, from: number, to: number): this {
    writeEncodedAttribute(this.writer, this.#attributeTag(key.text), key, source, from, to);
    return this;
  }

  /** An attribute as it stands in a batch. Makes no object. */
  attributeOf(entry: KeyValueView): this {
    const { start, end } = entry;
    this.writer.tag(this.#attributeTag(''));
    this.writer.varint(end - start);
    this.writer.rawRun(entry.fields.bytes, start, end);
    return this;
  }

  /** Attributes as they were encoded: in `bytes[from, to)` each is a length and the body of a KeyValue. */
  encodedAttributes(bytes: Buffer, from: number, to: number): this {
    writeEncodedAttributes(this.writer, this.#attributeTag(''), bytes, from, to);
    return this;
  }

  /** Attributes of the message that was opened last, as `attributesFor` wrote them for that message. */
  encoded(bytes: Uint8Array, from: number, to: number): this {
    this.writer.rawRun(bytes, from, to);
    return this;
  }

  /** Bytes of memory that the builder takes, and the batch that `finish` will make. */
  get memory(): number {
    return this.writer.memory;
  }

  /** A batch of what was written, in memory of the buffer pool; its owner is the caller. The builder is empty again. */
  finish(): Batch {
    while (this.#open.length > 0) this.#close();
    return this.#batchOf(this.writer.handOver() ?? this.writer.finish(Batch.allocate));
  }

  /** `finish` in pieces: yields after each, and returns the batch. */
  *finishing(): Generator<void, Batch, undefined> {
    while (this.#open.length > 0) this.#close();
    return this.#batchOf(yield* this.writer.finishing(Batch.allocate));
  }

  /** The message that was opened last and is open still. */
  protected get last(): MessageName | undefined {
    return this.#open[this.#open.length - 1];
  }

  protected open(message: MessageName, tag: number): void {
    this.writer.tag(tag);
    this.writer.open();
    this.#open.push(message);
  }

  /** Closes what is open below `message`. Throws when that is not open. */
  protected within(message: MessageName): void {
    if (this.last === message) return;
    if (!this.#open.includes(message)) throw new Error(`there is no open ${message} to write to`);
    while (this.last !== message) this.#close();
  }

  protected text(tag: number, value: string): void {
    if (value !== '') this.writer.text(tag, value);
  }

  protected time(tag: number, unixMs: number, nanos: number): void {
    if (unixMs === 0 && nanos === 0) return;
    this.writer.tag(tag);
    writeTime(this.writer, unixMs, nanos);
  }

  /** A number of up to 32 bits. */
  protected number(tag: number, value: number): void {
    if (value === 0) return;
    this.writer.tag(tag);
    this.writer.varint(value >>> 0);
  }

  protected fixed32(tag: number, value: number): void {
    if (value === 0) return;
    this.writer.tag(tag);
    this.writer.fixed32(value);
  }

  protected fixed64(tag: number, value: number | bigint): void {
    this.writer.tag(tag);
    writeFixed64(this.writer, value);
  }

  protected float64(tag: number, value: number): void {
    this.writer.tag(tag);
    this.writer.double(value);
  }

  /** An ID of `size` bytes, in hexadecimal digits or as bytes; an empty one is left out. */
  protected id(tag: number, value: string | Uint8Array, size: number): void {
    if (value.length === 0) return;
    const bytes = typeof value === 'string' ? Buffer.from(value, 'hex') : value;
    if (bytes.length !== size || (typeof value === 'string' && value.length !== size * 2))
      throw new RangeError(`an ID of ${size} bytes was expected, not ${JSON.stringify(String(value))}`);
    this.writer.tag(tag);
    this.writer.delimited(bytes);
  }

  /** The tag of the attributes of what was opened last. */
  #attributeTag(key: string): number {
    const { last } = this;
    const tag = last && attributeTags[last];
    if (tag === undefined)
      throw new Error(`attribute ${JSON.stringify(key)}: ${last ?? 'nothing that is open'} has no attributes`);
    return tag;
  }

  #batchOf(bytes: Uint8Array): Batch {
    const batch = new Batch(this.#surroundings.signal, bytes, this.count);
    this.count = 0;
    return batch;
  }

  #close(): void {
    this.writer.close();
    this.#open.pop();
  }
}

const scratch: MessageWriter = new MessageWriter();

/** The same as `attributesFor` for values whose type is exact. */
export function exactAttributesFor(
  message: MessageName,
  attributes: Iterable<readonly [key: string, value: ExactValue]>,
): Uint8Array {
  return encodedFor(message, attributes, writeExactAttribute);
}

/** Attributes in the encoding that they have in a message of this kind, for `Builder.encoded`. */
export function attributesFor(
  message: MessageName,
  attributes: Iterable<readonly [key: string, value: AttributeValue]>,
): Uint8Array {
  return encodedFor(message, attributes, writeAttribute);
}

function encodedFor<V>(
  message: MessageName,
  attributes: Iterable<readonly [key: string, value: V]>,
  write: (writer: MessageWriter, tag: number, key: string, value: V) => void,
): Uint8Array {
  const tag = attributeTags[message];
  if (tag === undefined) throw new Error(`${message} has no attributes`);
  scratch.reset();
  for (const [key, value] of attributes) write(scratch, tag, key, value);
  return scratch.finish((size) => new Uint8Array(size));
}
