import { messages, topMessage, type Field } from '../../src/otlp/fields.js';
import type { Signal } from '../../src/otlp/signal.js';

/**
 * A message as plain data: what a protobuf library would make of it. Keys are field names; numbers of 64 bits are
 * bigint, ids and bytes hexadecimal digits, repeated fields arrays. Scalars at their default are left out unless they
 * are a member of a oneof. `unknown` has the fields that are not in the table, tag included, as hexadecimal digits.
 */
export interface Tree {
  [field: string]: Value;
}
export type Value = string | number | bigint | boolean | Tree | Value[];

/**
 * Decodes valid bytes, slowly and recursively: repeated messages merge, a oneof that comes again is replaced, as in the
 * Collector.
 */
export function referenceDecode(signal: Signal, bytes: Uint8Array): Tree {
  return referenceMessage(topMessage[signal], bytes);
}

/** The same for any message of the table. */
export function referenceMessage(message: number, bytes: Uint8Array): Tree {
  const tree: Tree = {};
  merge(message, Buffer.from(bytes), tree);
  strip(message, tree);
  return tree;
}

function merge(message: number, bytes: Buffer, into: Tree): void {
  const { fields } = messages[message]!;
  for (let at = 0; at < bytes.length;) {
    const start = at;
    const tag = varint(bytes, at);
    const wire = Number(tag.value & 7n);
    const number = Number(BigInt.asIntN(32, tag.value >> 3n));
    at = tag.next;
    const field = fields.find((candidate) => candidate.number === number);
    const end = skip(bytes, at, wire);
    if (field === undefined) list(into, 'unknown').push(bytes.subarray(start, end).toString('hex'));
    else {
      const body = wire === 2 ? bytes.subarray(varint(bytes, at).next, end) : bytes.subarray(at, end);
      set(fields, field, wire, body, into);
    }
    at = end;
  }
}

function set(fields: readonly Field[], field: Field, wire: number, body: Buffer, into: Tree): void {
  const { name, oneof, repeated, type } = field;
  for (const rival of fields) if (oneof >= 0 && rival.oneof === oneof) delete into[rival.name];
  if (type === 'message') {
    const known = into[name];
    const target: Tree = !repeated && known !== undefined ? (known as Tree) : {};
    merge(field.message, body, target);
    if (repeated) list(into, name).push(target);
    else into[name] = target;
  } else if (!repeated) into[name] = scalar(field, body);
  else if (wire !== 2 || type === 'string' || type === 'bytes') list(into, name).push(scalar(field, body));
  else {
    const inner = type === 'double' || type === 'fixed64' ? 1 : 0;
    for (let at = 0; at < body.length;) {
      const end = skip(body, at, inner);
      list(into, name).push(scalar(field, body.subarray(at, end)));
      at = end;
    }
  }
}

function scalar({ type }: Field, body: Buffer): Value {
  switch (type) {
    case 'string':
      return body.equals(Buffer.from(body.toString())) ? body.toString() : `not UTF-8: ${body.toString('hex')}`;
    case 'bytes':
    case 'id8':
    case 'id16':
      return body.toString('hex');
    case 'double':
      return Number.isNaN(body.readDoubleLE()) ? `NaN ${body.toString('hex')}` : body.readDoubleLE();
    case 'fixed32':
      return body.readUInt32LE();
    case 'fixed64':
      return body.readBigUInt64LE();
    case 'sfixed64':
      return body.readBigInt64LE();
    default:
  }
  const { value } = varint(body, 0);
  if (type === 'bool') return value !== 0n;
  if (type === 'uint64') return value;
  if (type === 'int64') return BigInt.asIntN(64, value);
  const low = Number(BigInt.asUintN(32, value));
  if (type === 'uint32') return low;
  return type === 'sint32' ? (low >>> 1) ^ -(low & 1) : low | 0;
}

/** Takes out scalars at their default. */
function strip(message: number, tree: Tree): void {
  for (const field of messages[message]!.fields) {
    const value = tree[field.name];
    if (value === undefined) continue;
    if (field.type === 'message')
      for (const inner of Array.isArray(value) ? value : [value]) strip(field.message, inner as Tree);
    else if (field.oneof < 0 && (value === '' || value === false || value === 0n || Object.is(value, 0)))
      delete tree[field.name];
  }
}

function list(tree: Tree, name: string): Value[] {
  return (tree[name] ??= []) as Value[];
}

function skip(bytes: Buffer, at: number, wire: number): number {
  if (wire === 0) return varint(bytes, at).next;
  if (wire === 1) return at + 8;
  if (wire === 5) return at + 4;
  const { value, next } = varint(bytes, at);
  if (wire === 2) return next + Number(value);
  for (let inner = at; ;) {
    const tag = varint(bytes, inner);
    if ((tag.value & 7n) === 4n) return tag.next;
    inner = skip(bytes, tag.next, Number(tag.value & 7n));
  }
}

function varint(bytes: Buffer, from: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = from; ; at++) {
    value |= BigInt(bytes[at]! & 127) << BigInt(7 * (at - from));
    if (bytes[at]! < 128) return { value: BigInt.asUintN(64, value), next: at + 1 };
  }
}
