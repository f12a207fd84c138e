import type { Key } from './key.js';
import { Layout } from './layout.js';
import { MessageView } from './message.js';
import { Range } from './range.js';
import { Word64 } from './word64.js';

/** The type of an AnyValue; a `reference` is a text of the profiles dictionary, by its place there. */
export type ValueType = 'empty' | 'string' | 'bool' | 'int' | 'double' | 'array' | 'map' | 'bytes' | 'reference';

const layout = new Layout('AnyValue');
const string = layout.field('string_value');
const bool = layout.field('bool_value');
const int = layout.field('int_value');
const double = layout.field('double_value');
const array = layout.field('array_value');
const map = layout.field('kvlist_value');
const bytes = layout.field('bytes_value');
const reference = layout.field('string_value_strindex');

/** By field number; 0 stands for none. */
const types: ValueType[] = ['empty'];
types[string] = 'string';
types[bool] = 'bool';
types[int] = 'int';
types[double] = 'double';
types[array] = 'array';
types[map] = 'map';
types[bytes] = 'bytes';
types[reference] = 'reference';

/**
 * The value of an attribute, the body of a log record, or what stands in a list or a map.
 * ```
 * if (span.attribute(status, value) && value.type === 'int' && value.int.toSigned() >= 500) ...
 * ```
 */
export class ValueView extends MessageView {
  readonly #string: Range = new Range();
  readonly #bytes: Range = new Range();
  readonly #int: Word64 = new Word64();
  readonly #bits: Word64 = new Word64();
  #list: ArrayView | undefined;
  #map: MapView | undefined;

  constructor() {
    super(layout);
  }

  get type(): ValueType {
    // The members are of one oneof, so that at most one bit is set.
    return types[31 - Math.clz32(this.fields.among(layout.known) | 1)] ?? 'empty';
  }

  /** Whether this is a text and the same as a prepared one: `value.is(checkout)`. */
  is(text: Key): boolean {
    return this.fields.has(string) && this.string.is(text);
  }

  /** Empty when the value is of another type, as the others are 0 or false then. */
  get string(): Range {
    return this.fields.range(string, this.#string);
  }

  get bool(): boolean {
    return this.fields.bool(bool);
  }

  /** In two's complement: `toSigned` is its number. */
  get int(): Word64 {
    return this.fields.varint64(int, this.#int);
  }

  get double(): number {
    return this.fields.double(double);
  }

  /** The double as it was sent, bit by bit: which of the many NaNs it is, too. */
  get doubleBits(): Word64 {
    return this.fields.fixed64(double, this.#bits);
  }

  get bytesValue(): Range {
    return this.fields.range(bytes, this.#bytes);
  }

  /** The place of the text in the string table of a profiles dictionary. */
  get stringIndex(): number {
    return this.fields.int32(reference);
  }

  /**
   * The values of a list: `for (const element = value.elements(); element.next();) ...`. Each level has a view of its
   * own, made on first use; to go down without a bound, use `ValueWalk`.
   */
  elements(): ElementView {
    this.#list ??= new ArrayView();
    this.fields.message(array, this.#list.fields);
    return this.#list.values();
  }

  /** The entries of a map: `for (const entry = value.entries(); entry.next();) ...`. */
  entries(): KeyValueView {
    this.#map ??= new MapView();
    this.fields.message(map, this.#map.fields);
    return this.#map.values();
  }
}

/** A value of a list. */
export class ElementView extends ValueView {
  next(): boolean {
    return this.fields.advance();
  }
}

const keyValue = new Layout('KeyValue');
const keyField = keyValue.field('key');
const valueField = keyValue.field('value');
const keyIndex = keyValue.field('key_strindex');

/** An attribute, or an entry of a map: `for (const attribute = span.attributes(); attribute.next();) ...`. */
export class KeyValueView extends MessageView {
  readonly #key: Range = new Range();
  readonly #value: ValueView = new ValueView();

  constructor() {
    super(keyValue);
  }

  next(): boolean {
    return this.fields.advance();
  }

  get key(): Range {
    return this.fields.range(keyField, this.#key);
  }

  get value(): ValueView {
    this.fields.message(valueField, this.#value.fields);
    return this.#value;
  }

  /** The place of the key in the string table of a profiles dictionary. */
  get keyStrindex(): number {
    return this.fields.int32(keyIndex);
  }
}

const arrayValue = new Layout('ArrayValue');
const arrayValues = arrayValue.field('values');

class ArrayView extends MessageView {
  readonly #values: ElementView = new ElementView();

  constructor() {
    super(arrayValue);
  }

  values(): ElementView {
    this.fields.list(arrayValues, this.#values.fields);
    return this.#values;
  }
}

const mapValue = new Layout('KeyValueList');
const mapValues = mapValue.field('values');

class MapView extends MessageView {
  readonly #values: KeyValueView = new KeyValueView();

  constructor() {
    super(mapValue);
  }

  values(): KeyValueView {
    this.fields.list(mapValues, this.#values.fields);
    return this.#values;
  }
}
