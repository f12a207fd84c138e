import { Layout } from './layout.js';
import { MessageView } from './message.js';
import { Range } from './range.js';
import { Int32List } from './scalar-list.js';
import { ValueView } from './value.js';
import { Word64 } from './word64.js';

const mapping = new Layout('Mapping');
const memoryStart = mapping.field('memory_start');
const memoryLimit = mapping.field('memory_limit');
const fileOffset = mapping.field('file_offset');
const mappingFile = mapping.field('filename_strindex');
const mappingAttributes = mapping.field('attribute_indices');

export class MappingView extends MessageView {
  readonly #memoryStart: Word64 = new Word64();
  readonly #memoryLimit: Word64 = new Word64();
  readonly #fileOffset: Word64 = new Word64();
  readonly #attributeIndices: Int32List = new Int32List();

  constructor() {
    super(mapping);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get memoryStart(): Word64 {
    return this.fields.varint64(memoryStart, this.#memoryStart);
  }

  get memoryLimit(): Word64 {
    return this.fields.varint64(memoryLimit, this.#memoryLimit);
  }

  get fileOffset(): Word64 {
    return this.fields.varint64(fileOffset, this.#fileOffset);
  }

  get filenameStrindex(): number {
    return this.fields.int32(mappingFile);
  }

  attributeIndices(): Int32List {
    this.#attributeIndices.begin(this.fields, mappingAttributes);
    return this.#attributeIndices;
  }
}

const line = new Layout('Line');
const lineFunction = line.field('function_index');
const lineNumber = line.field('line');
const lineColumn = line.field('column');

export class LineView extends MessageView {
  readonly #line: Word64 = new Word64();
  readonly #column: Word64 = new Word64();

  constructor() {
    super(line);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get functionIndex(): number {
    return this.fields.int32(lineFunction);
  }

  /** In two's complement. */
  get line(): Word64 {
    return this.fields.varint64(lineNumber, this.#line);
  }

  /** In two's complement. */
  get column(): Word64 {
    return this.fields.varint64(lineColumn, this.#column);
  }
}

const location = new Layout('Location');
const locationMapping = location.field('mapping_index');
const address = location.field('address');
const lines = location.field('lines');
const locationAttributes = location.field('attribute_indices');

export class LocationView extends MessageView {
  readonly #address: Word64 = new Word64();
  readonly #lines: LineView = new LineView();
  readonly #attributeIndices: Int32List = new Int32List();

  constructor() {
    super(location);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get mappingIndex(): number {
    return this.fields.int32(locationMapping);
  }

  get address(): Word64 {
    return this.fields.varint64(address, this.#address);
  }

  lines(): LineView {
    this.fields.list(lines, this.#lines.fields);
    return this.#lines;
  }

  attributeIndices(): Int32List {
    this.#attributeIndices.begin(this.fields, locationAttributes);
    return this.#attributeIndices;
  }
}

const functionLayout = new Layout('Function');
const functionName = functionLayout.field('name_strindex');
const systemName = functionLayout.field('system_name_strindex');
const functionFile = functionLayout.field('filename_strindex');
const startLine = functionLayout.field('start_line');

export class FunctionView extends MessageView {
  readonly #startLine: Word64 = new Word64();

  constructor() {
    super(functionLayout);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get nameStrindex(): number {
    return this.fields.int32(functionName);
  }

  get systemNameStrindex(): number {
    return this.fields.int32(systemName);
  }

  get filenameStrindex(): number {
    return this.fields.int32(functionFile);
  }

  /** In two's complement. */
  get startLine(): Word64 {
    return this.fields.varint64(startLine, this.#startLine);
  }
}

const profileLink = new Layout('ProfileLink');
const linkTraceId = profileLink.field('trace_id');
const linkSpanId = profileLink.field('span_id');

export class ProfileLinkView extends MessageView {
  readonly #traceId: Range = new Range();
  readonly #spanId: Range = new Range();

  constructor() {
    super(profileLink);
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
}

const keyValueAndUnit = new Layout('KeyValueAndUnit');
const keyIndex = keyValueAndUnit.field('key_strindex');
const valueField = keyValueAndUnit.field('value');
const unitIndex = keyValueAndUnit.field('unit_strindex');

/** An attribute of the dictionary; its key and unit are places in the string table. */
export class KeyValueAndUnitView extends MessageView {
  readonly #value: ValueView = new ValueView();

  constructor() {
    super(keyValueAndUnit);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get keyStrindex(): number {
    return this.fields.int32(keyIndex);
  }

  get value(): ValueView {
    this.fields.message(valueField, this.#value.fields);
    return this.#value;
  }

  get unitStrindex(): number {
    return this.fields.int32(unitIndex);
  }
}

const stack = new Layout('Stack');
const locationIndices = stack.field('location_indices');

export class StackView extends MessageView {
  readonly #locationIndices: Int32List = new Int32List();

  constructor() {
    super(stack);
  }

  next(): boolean {
    return this.fields.advance();
  }

  locationIndices(): Int32List {
    this.#locationIndices.begin(this.fields, locationIndices);
    return this.#locationIndices;
  }
}
