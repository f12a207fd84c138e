import type { Logger } from '../../component/telemetry.js';
import type { Signal } from '../../otlp/signal.js';
import { readVarint, skipValue, varintEnd } from '../../otlp/wire/varint.js';

/** What an Export answer says of items that were not taken. */
export interface PartialSuccess {
  readonly rejected: bigint;
  readonly message: string;
}

const droppedField: Readonly<Record<Signal, string>> = {
  traces: 'dropped_spans',
  metrics: 'dropped_data_points',
  logs: 'dropped_log_records',
  profiles: 'dropped_profiles',
};

/** Tells about a partial success; it is never retried (docs/spec/core.md#client-retry). */
export function warnPartial(logger: Logger, signal: Signal, partial: PartialSuccess): void {
  if (partial.rejected === 0n && partial.message === '') return;
  logger.warn('Partial success response', { message: partial.message, [droppedField[signal]]: Number(partial.rejected) });
}

/** Reads an Export...ServiceResponse. Throws when the bytes are none. */
export function readPartialSuccess(bytes: Uint8Array): PartialSuccess {
  let result: PartialSuccess = { rejected: 0n, message: '' };
  walk(bytes, (field, wire, start, end) => {
    if (field !== 1 || wire !== 2) return;
    const inner = bytes.subarray(start, end);
    let rejected = 0n;
    let message = '';
    walk(inner, (innerField, innerWire, from, to) => {
      if (innerField === 1 && innerWire === 0) rejected = int64(inner, from);
      else if (innerField === 2 && innerWire === 2) message = new TextDecoder().decode(inner.subarray(from, to));
    });
    result = { rejected, message };
  });
  return result;
}

/** Reads the JSON form. Throws when the text is none. */
export function readPartialSuccessJson(text: string): PartialSuccess {
  const body = JSON.parse(text) as { partialSuccess?: Record<string, unknown> } | null;
  const partial = body?.partialSuccess ?? {};
  let rejected = 0n;
  for (const [name, value] of Object.entries(partial)) if (name.startsWith('rejected')) rejected = BigInt(String(value));
  return { rejected, message: typeof partial['errorMessage'] === 'string' ? partial['errorMessage'] : '' };
}

function int64(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = BigInt(bytes[at++] ?? 0);
    value |= (byte & 127n) << shift;
    if (byte < 128n) return BigInt.asIntN(64, value);
  }
}

function walk(bytes: Uint8Array, visit: (field: number, wire: number, start: number, end: number) => void): void {
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at, bytes.length);
    if (!tag || tag.value < 8) throw new Error('broken field');
    const wire = tag.value % 8;
    let start = tag.next;
    let end: number;
    if (wire === 2 || wire === 0) {
      const number = readVarint(bytes, start, bytes.length);
      if (!number) throw new Error('unexpected EOF');
      end = wire === 2 ? number.next + number.value : varintEnd(bytes, start);
      if (wire === 2) start = number.next;
    } else if (wire === 1 || wire === 5) end = skipValue(bytes, start, wire);
    else throw new Error(`illegal wireType ${wire}`);
    if (end > bytes.length) throw new Error('unexpected EOF');
    visit(Math.floor(tag.value / 8), wire, start, end);
    at = end;
  }
}
