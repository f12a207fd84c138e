import { messages, topMessage } from '../fields.js';
import { readVarint } from './varint.js';
import type { Signal } from '../signal.js';

/**
 * Names the field at `offset` in words of the proto file: `resource_spans[3].scope_spans[0].spans[7].trace_id`.
 * A second, slow reading that only failures pay for; it stops where the bytes stop making sense.
 */
export function pathTo(signal: Signal, bytes: Uint8Array, offset: number): string {
  const path: string[] = [];
  let message = topMessage[signal];
  let at = 0;
  let end = bytes.length;
  for (;;) {
    const seen = new Map<number, number>();
    let entered = false;
    while (at < end) {
      const start = at;
      const tag = readVarint(bytes, at, end);
      if (tag === undefined) return path.join('.');
      at = tag.next;
      const number = Math.floor(tag.value / 8);
      const field = messages[message]?.fields.find((f) => f.number === number);
      const ordinal = seen.get(number) ?? 0;
      seen.set(number, ordinal + 1);
      const name = field === undefined ? String(number) : field.repeated ? `${field.name}[${ordinal}]` : field.name;
      if (start === offset) return [...path, name].join('.');
      const wire = tag.value % 8;
      if (wire === 2) {
        const length = readVarint(bytes, at, end);
        if (length === undefined) return path.join('.');
        at = length.next;
        if (offset < at + length.value) {
          if (field?.type !== 'message') return [...path, name].join('.');
          // Deep nesting would make a path of megabytes; its head says enough.
          if (path.length < 32) path.push(name);
          end = Math.min(end, at + length.value);
          message = field.message;
          entered = true;
          break;
        }
        at += length.value;
      } else if (wire === 0) {
        const value = readVarint(bytes, at, end);
        if (value === undefined) return path.join('.');
        at = value.next;
      } else if (wire === 1) at += 8;
      else if (wire === 5) at += 4;
      else return path.join('.');
    }
    if (!entered) return path.join('.');
  }
}
