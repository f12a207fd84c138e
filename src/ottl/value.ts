/**
 * The values of OTTL. The absence of a value (`nil`) is undefined, a bigint is an int64 and a number a float64: they
 * are never mixed up, since `1` and `1.0` are different attributes. A text is a string, bytes are a Uint8Array, a map
 * keeps the order of its entries. Values are never changed in place, except a map that a function has made or copied
 * itself.
 */
export type Value =
  | undefined
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | MapValue
  | readonly Value[]
  | TypedList
  | Time
  | Duration
  | TraceId
  | SpanId
  | Opaque;

/** `pcommon.Map` in the Collector's messages. */
export type MapValue = ReadonlyMap<string, Value>;

/** A list with one type of elements, as `Split` makes it (`[]string`): it equals no list of values. */
export class TypedList {
  readonly element: 'string' | 'int64' | 'uint64' | 'float64';
  readonly values: readonly Value[];
  constructor(element: TypedList['element'], values: readonly Value[]) {
    this.element = element;
    this.values = values;
  }
}

/** A point in time, in nanoseconds since 1970 in UTC, and the time zone in which it is written. */
export class Time {
  readonly nanoseconds: bigint;
  /** A name of the IANA database, or an offset such as `+02:00`; undefined is UTC. */
  readonly zone: string | undefined;
  constructor(nanoseconds: bigint, zone?: string) {
    this.nanoseconds = nanoseconds;
    this.zone = zone;
  }
}

/** A length of time in nanoseconds. */
export class Duration {
  readonly nanoseconds: bigint;
  constructor(nanoseconds: bigint) {
    this.nanoseconds = nanoseconds;
  }
}

/** A trace ID, of 16 bytes. */
export class TraceId {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A span ID, of 8 bytes. */
export class SpanId {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/**
 * A part of an item that has no value of its own (events, links, data points, exemplars, buckets): it can be assigned
 * to a path of the same type, compared with nil and counted by `Len`, and nothing else.
 */
export class Opaque {
  /** As the Collector names it in messages: `ptrace.SpanEventSlice`. */
  readonly type: string;
  /** Elements, for one that is a list. */
  readonly length: number;
  /** The encoded fields, of a message type that the path knows. */
  readonly bytes: Uint8Array;
  constructor(type: string, length: number, bytes: Uint8Array) {
    this.type = type;
    this.length = length;
    this.bytes = bytes;
  }
}

/** The type of a value as the Collector writes it in its messages: `expected string but got int64`. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int64';
    case 'number':
      return 'float64';
    case 'string':
      return 'string';
    default:
  }
  if (value instanceof Uint8Array) return '[]uint8';
  if (value instanceof Map) return 'pcommon.Map';
  if (value instanceof TypedList) return `[]${value.element}`;
  if (value instanceof Time) return 'time.Time';
  if (value instanceof Duration) return 'time.Duration';
  if (value instanceof TraceId) return 'pcommon.TraceID';
  if (value instanceof SpanId) return 'pcommon.SpanID';
  if (value instanceof Opaque) return value.type;
  return 'pcommon.Slice';
}
