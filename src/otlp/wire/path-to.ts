import { messages, topMessage } from '../fields.js';
import type { Signal } from '../signal.js';
import { hasVarint, lengthAt, tagAt, varintEnd } from './varint.js';

/** Deep nesting would make a path of megabytes; its head says enough. */
const mostNames = 32;

/**
 * Fields that are read for a path. Of a message of 20 MiB there may be ten million, and naming its fault must not stop
 * the event loop for longer than finding it did: the path then ends where the reading does.
 */
const mostFields = 500_000;
let fieldsLeft = 0;

const keyValue: number = messages.findIndex(({ name }) => name === 'KeyValue');
/** Fields of an attribute among which its key is looked for, and bytes of the key that are shown. */
const keyAmong = 8;
const mostKey = 64;

/** The field that was read last; `number` is -1 when its tag is cut off. */
const field = { number: 0, wire: 0, value: 0, end: 0 };

/**
 * Names the field at `offset` in words of the proto file: `resource_spans[3].scope_spans[0].spans[7].trace_id`, and in
 * an attribute its key: `...attributes[0].value (key "shop.id")`. A second reading that only failures pay for; it stops
 * where the bytes stop making sense. It counts in the bytes, not in a table of field numbers: the sender chooses these,
 * and could choose them to collide.
 */
export function pathTo(signal: Signal, bytes: Uint8Array, offset: number): string {
  const path: string[] = [];
  fieldsLeft = mostFields;
  let message = topMessage[signal];
  let from = 0;
  let end = bytes.length;
  let key = '';
  for (;;) {
    if (message === keyValue) key = keyIn(bytes, from, end);
    const start = fieldAround(bytes, from, end, offset);
    if (start < 0) return path.join('.') + key;
    const { number, wire, value, end: next } = field;
    const known = messages[message]?.fields.find((candidate) => candidate.number === number);
    const inner = start !== offset && wire === 2 && known?.type === 'message' ? known.message : undefined;
    if (inner === undefined || path.length < mostNames) {
      const name = known?.name ?? String(number);
      const place = known?.repeated === true ? ordinal(bytes, from, start, number) : -1;
      path.push(place < 0 ? name : `${name}[${place}]`);
    }
    if (inner === undefined) return path.join('.') + key;
    message = inner;
    from = value;
    end = Math.min(end, next);
  }
}

/** The key of the attribute in `[from, end)`, as it is shown; empty when it is none of the first fields. */
function keyIn(bytes: Uint8Array, from: number, end: number): string {
  let at = from;
  for (let i = 0; i < keyAmong && at < end && readField(bytes, at, end); i++, at = field.end)
    if (field.number === 1 && field.wire === 2 && field.end <= end) {
      const text = new TextDecoder().decode(bytes.subarray(field.value, Math.min(field.end, field.value + mostKey)));
      return ` (key ${JSON.stringify(text)})`;
    }
  return '';
}

/**
 * Where the field stands that begins at `offset` or spans it; -1 when the bytes make no sense before. Leaves it in
 * `field`.
 */
function fieldAround(bytes: Uint8Array, from: number, end: number, offset: number): number {
  for (let at = from; at < end; at = field.end) {
    const whole = readField(bytes, at, end);
    if (at === offset && field.number >= 0) return at;
    if (!whole) return -1;
    if (field.wire === 2 && offset < field.end) return at;
  }
  return -1;
}

/** How many fields of a number begin in `[from, to)`; -1 when there are too many to count. */
function ordinal(bytes: Uint8Array, from: number, to: number, number: number): number {
  let count = 0;
  for (let at = from; at < to && readField(bytes, at, to); at = field.end) if (field.number === number) count++;
  return fieldsLeft < 0 ? -1 : count;
}

/** Reads the field at `at` into `field`; false when it is cut off, or of a wire type that has no length. */
function readField(bytes: Uint8Array, at: number, end: number): boolean {
  field.number = -1;
  if (--fieldsLeft < 0) return false;
  if (!hasVarint(bytes, at, end)) return false;
  const tag = tagAt(bytes, at);
  const value = varintEnd(bytes, at);
  field.number = Math.floor(tag / 8);
  field.wire = tag % 8;
  field.value = value;
  if (field.wire === 1) field.end = value + 8;
  else if (field.wire === 5) field.end = value + 4;
  else if ((field.wire === 0 || field.wire === 2) && hasVarint(bytes, value, end)) {
    field.end = varintEnd(bytes, value);
    if (field.wire === 2) {
      field.value = field.end;
      field.end += lengthAt(bytes, value);
    }
  } else return false;
  return true;
}
