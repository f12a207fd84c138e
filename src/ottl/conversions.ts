import { formatFloat } from './float-text.js';
import { goJson } from './go-json.js';
import { OttlError } from './ottl-error.js';
import { parseBool, parseFloat64, parseInt64 } from './parse-number.js';
import { typeName, type Value } from './value.js';

/** A value as a text, as JSON if it is no scalar; nil stays nil. Throws an `OttlError` for a NaN in a list or map. */
export function stringLike(value: Value): string | undefined {
  switch (typeof value) {
    case 'undefined':
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return formatFloat(value);
    default:
      return value instanceof Uint8Array ? hex(value) : goJson(value);
  }
}

/** A value as an int64; nil stays nil. Throws an `OttlError` for a text that is no integer, and for other types. */
export function intLike(value: Value): bigint | undefined {
  switch (typeof value) {
    case 'undefined':
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1n : 0n;
    case 'number':
      return truncated(value);
    case 'string':
      return parseInt64(value);
    default:
      return unsupported(value);
  }
}

/** A value as a float64; nil stays nil. Throws an `OttlError` for a text that is no number, and for other types. */
export function floatLike(value: Value): number | undefined {
  switch (typeof value) {
    case 'undefined':
    case 'number':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'bigint':
      return Number(value);
    case 'string':
      return parseFloat64(value);
    default:
      return unsupported(value);
  }
}

/** A value as a bool, a number by whether it is not 0; nil stays nil. Throws an `OttlError` for others. */
export function boolLike(value: Value): boolean | undefined {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
      return value;
    case 'bigint':
      return value !== 0n;
    case 'number':
      return value !== 0;
    case 'string':
      return parseBool(value);
    default:
      return unsupported(value);
  }
}

/** A value as bytes, a number as its 8 bytes, the highest first; nil stays nil. Throws an `OttlError` for others. */
export function bytesLike(value: Value): Uint8Array | undefined {
  switch (typeof value) {
    case 'undefined':
      return value;
    case 'boolean':
      return Uint8Array.of(value ? 1 : 0);
    case 'string':
      return Buffer.from(value);
    case 'bigint':
      return eightBytes((view) => view.setBigInt64(0, value));
    case 'number':
      return eightBytes((view) => view.setFloat64(0, value));
    default:
      return value instanceof Uint8Array ? value : unsupported(value);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

const lowest = -(2n ** 63n);

/** Towards 0; what does not fit becomes the lowest integer, as a processor of the x86 family has it. */
function truncated(value: number): bigint {
  return value >= -(2 ** 63) && value < 2 ** 63 ? BigInt(Math.trunc(value)) : lowest;
}

function eightBytes(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(8);
  write(new DataView(bytes.buffer));
  return bytes;
}

function unsupported(value: Value): never {
  throw new OttlError(`unsupported type: ${typeName(value)}`);
}
