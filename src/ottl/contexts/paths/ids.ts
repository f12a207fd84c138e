import type { Field } from '../../../otlp/fields.js';
import { Range } from '../../../otlp/view/range.js';
import type { PathAccess } from '../../expression.js';
import { OttlError } from '../../ottl-error.js';
import type { Scene } from '../../scene.js';
import { Opaque, SpanId, TraceId, type Value } from '../../value.js';
import { at } from '../batch-scene.js';
import type { PathEnd, PathStep } from '../path-table.js';
import { expectText, refuseValue } from './expected.js';

/** An ID and, below it, its hexadecimal text. One that was not sent is all zeros, and zeros are not sent. */
interface IdType {
  readonly size: number;
  /** As messages name the IDs: `trace ids`. */
  readonly plural: string;
  readonly make: (bytes: Uint8Array) => Value;
  /** The bytes of a value of this type. */
  readonly bytes: (value: Value) => Uint8Array;
  readonly mayBeEmpty: boolean;
}

const traceIdType: IdType = {
  ...{ size: 16, plural: 'trace ids', mayBeEmpty: true },
  make: (bytes) => new TraceId(bytes),
  bytes: (value) => (value instanceof TraceId ? value.bytes : refuseValue('pcommon.TraceID', value)),
};

const spanIdType: IdType = {
  ...{ size: 8, plural: 'span ids', mayBeEmpty: true },
  make: (bytes) => new SpanId(bytes),
  bytes: (value) => (value instanceof SpanId ? value.bytes : refuseValue('pcommon.SpanID', value)),
};

/** The type of the ID of a profile in messages; it has no class of its own, as only this path has one. */
const profileIdName = 'pprofile.ProfileID';

const profileIdType: IdType = {
  ...{ size: 16, plural: 'profile ids', mayBeEmpty: false },
  make: (bytes) => new Opaque(profileIdName, 0, bytes),
  bytes: (value) =>
    value instanceof Opaque && value.type === profileIdName ? value.bytes : refuseValue(profileIdName, value),
};

export const traceIdPath = ([field]: readonly [Field]): PathStep => id(field, traceIdType);

export const spanIdPath = ([field]: readonly [Field]): PathStep => id(field, spanIdType);

export const profileIdPath = ([field]: readonly [Field]): PathStep => id(field, profileIdType);

function id(field: Field, type: IdType): PathStep {
  return {
    access: (end) => access(end, field, type, type),
    below: {
      string: {
        access: (end) => access(end, field, type, { make: hex, bytes: (value) => bytesOf(expectText(value), type) }),
      },
    },
  };
}

function access(
  { text, place }: PathEnd,
  field: Field,
  { size, plural, mayBeEmpty }: IdType,
  { make, bytes }: Pick<IdType, 'make' | 'bytes'>,
): PathAccess {
  const range = new Range();
  const read = (scene: Scene): Uint8Array => {
    const found = at(scene).fields(place).range(field.number, range);
    return found.length === 0 ? new Uint8Array(size) : found.copy();
  };
  return {
    text,
    get: (scene) => make(read(scene)),
    set: (scene, value) => {
      const to = bytes(value);
      const isEmpty = to.every((byte) => byte === 0);
      if (isEmpty && !mayBeEmpty) throw new OttlError(`${plural} must not be empty`);
      at(scene)
        .editor(place)
        .setBytes(field, isEmpty ? new Uint8Array(0) : to);
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Throws an `OttlError` with the words of the Collector for a text that is no such ID. */
function bytesOf(text: string, { size, plural }: IdType): Uint8Array {
  const length = Buffer.byteLength(text);
  if (length >> 1 !== size) throw new OttlError(`${plural} must be ${size * 2} hex characters`);
  for (const character of text) {
    if (/[0-9a-fA-F]/.test(character)) continue;
    const byte = Buffer.from(character)[0] ?? 0;
    const code = byte.toString(16).toUpperCase().padStart(4, '0');
    throw new OttlError(`encoding/hex: invalid byte: U+${code} '${String.fromCodePoint(byte)}'`);
  }
  if (length % 2 !== 0) throw new OttlError('encoding/hex: odd length hex string');
  return new Uint8Array(Buffer.from(text, 'hex'));
}
