import { messages, topMessage, type Field } from '../descriptors.js';
import type { Signal } from '../signal.js';
import { skipValue, varintAt, varintEnd } from '../wire.js';
import { camelCase } from './names.js';

/**
 * Transcodes valid OTLP bytes to OTLP/JSON as the Collector writes it (spec core 12): 64-bit numbers as text, zero values
 * left out, ids in hex. Whatever order the fields lie in, each comes out once. Without recursion.
 */
export function protoToJson(signal: Signal, bytes: Uint8Array): Uint8Array {
  return Buffer.from(jsonText(signal, bytes));
}

/** The same as text. */
export function jsonText(signal: Signal, bytes: Uint8Array): string {
  return new Encoder(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).encode(topMessage[signal]);
}

/** Per message: its fields by number, and the JSON key of each with its colon. */
const tables: readonly { readonly byNumber: ReadonlyMap<number, number>; readonly keys: readonly string[] }[] = messages.map(
  ({ fields }) => ({
    byNumber: new Map(fields.map((field, i) => [field.number, i])),
    keys: fields.map((field) => `"${camelCase(field.name)}":`),
  }),
);

/** Fields that stand as `{}` even when they are absent: `Message.field`. */
const standing: ReadonlySet<string> = new Set([
  ...['Spans', 'Metrics', 'Logs', 'Profiles'].flatMap((signal) => [`Resource${signal}.resource`, `Scope${signal}.scope`]),
  ...[
    'Span.status',
    'KeyValue.value',
    'LogRecord.body',
    'Profile.sample_type',
    'Profile.period_type',
    'ProfilesData.dictionary',
    'KeyValueAndUnit.value',
  ],
  ...['ExponentialHistogramDataPoint.positive', 'ExponentialHistogramDataPoint.negative'],
]);

const always: readonly (readonly boolean[])[] = messages.map(({ name, fields }) =>
  fields.map((field) => standing.has(`${name}.${field.name}`)),
);

/** Where values lie in the bytes: wire type, start, end of each occurrence. */
type Runs = number[];

interface Frame {
  readonly message: number;
  /** By position of the field in its message. */
  readonly found: readonly (Runs | undefined)[];
  /** The field being written, and how many of its occurrences are. */
  field: number;
  occurrence: number;
  empty: boolean;
}

class Encoder {
  readonly #bytes: Buffer;
  #text = '';
  readonly #stack: Frame[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  encode(message: number): string {
    this.#enter(message, [2, 0, this.#bytes.length]);
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) this.#step(frame);
    return this.#text;
  }

  #enter(message: number, runs: Runs): void {
    this.#text += '{';
    this.#stack.push({ message, found: this.#collect(message, runs), field: 0, occurrence: 0, empty: true });
  }

  /** Writes up to and including the next opening of a message, or the end of this one. */
  #step(frame: Frame): void {
    const fields = messages[frame.message]?.fields ?? [];
    for (; frame.field < fields.length; frame.field++) {
      const field = fields[frame.field] as Field;
      const runs = frame.found[frame.field];
      if (field.type !== 'message') {
        if (runs !== undefined) this.#plain(frame, field, runs);
      } else if (field.repeated) {
        if (runs === undefined) continue;
        const from = frame.occurrence * 3;
        if (from >= runs.length) {
          this.#text += ']';
          frame.occurrence = 0;
          continue;
        }
        if (from === 0) this.#key(frame, '[');
        else this.#text += ',';
        frame.occurrence++;
        return this.#enter(field.message, runs.slice(from, from + 3));
      } else if (runs !== undefined || always[frame.message]?.[frame.field] === true) {
        this.#key(frame, '');
        frame.field++;
        return this.#enter(field.message, runs ?? []);
      }
    }
    this.#text += '}';
    this.#stack.pop();
  }

  #key(frame: Frame, open: string): void {
    if (!frame.empty) this.#text += ',';
    frame.empty = false;
    this.#text += (tables[frame.message]?.keys[frame.field] ?? '') + open;
  }

  #plain(frame: Frame, field: Field, runs: Runs): void {
    if (field.repeated) {
      const values = this.#list(field, runs);
      if (values.length === 0) return;
      this.#key(frame, `[${values.join(',')}]`);
      return;
    }
    // A value that comes twice counts once, the last time.
    const wire = runs.at(-3) ?? 0;
    const start = runs.at(-2) ?? 0;
    const end = runs.at(-1) ?? 0;
    const value = this.#value(field, wire, start, end);
    if (field.oneof < 0 && isZero(field, value)) return;
    if ((field.type === 'id16' || field.type === 'id8') && /^"0*"$/.test(value)) return;
    this.#key(frame, value);
  }

  #list(field: Field, runs: Runs): string[] {
    const values: string[] = [];
    const packable = field.type !== 'string' && field.type !== 'bytes';
    for (let i = 0; i < runs.length; i += 3) {
      const wire = runs[i] as number;
      const start = runs[i + 1] as number;
      const end = runs[i + 2] as number;
      if (!packable || wire !== 2) {
        values.push(this.#value(field, wire, start, end));
        continue;
      }
      for (let at = start; at < end;) {
        const next = isFixed64(field) ? at + 8 : varintEnd(this.#bytes, at);
        values.push(this.#value(field, isFixed64(field) ? 1 : 0, at, next));
        at = next;
      }
    }
    return values;
  }

  #value(field: Field, wire: number, start: number, end: number): string {
    const bytes = this.#bytes;
    switch (field.type) {
      case 'string':
        return JSON.stringify(bytes.toString('utf8', start, end));
      case 'bytes':
        return `"${bytes.toString('base64', start, end)}"`;
      case 'id16':
      case 'id8':
        return `"${bytes.toString('hex', start, end)}"`;
      case 'double':
        return doubleText(bytes.readDoubleLE(start));
      case 'fixed32':
        return String(bytes.readUInt32LE(start));
      case 'fixed64':
        return `"${unsigned(bytes, start)}"`;
      case 'sfixed64':
        return `"${bytes.readBigInt64LE(start)}"`;
      case 'bool':
        return varint(bytes, start, end) === 0n ? 'false' : 'true';
      case 'uint32':
        return String(BigInt.asUintN(32, varint(bytes, start, end)));
      case 'enum':
      case 'int32':
        return end - start === 1 ? String(bytes[start]) : String(BigInt.asIntN(32, varint(bytes, start, end)));
      case 'sint32': {
        const value = Number(BigInt.asUintN(32, varint(bytes, start, end)));
        return String((value >>> 1) ^ -(value & 1));
      }
      case 'uint64':
        return `"${varint(bytes, start, end)}"`;
      default:
        void wire;
        return end - start < 7 ? `"${varintAt(bytes, start)}"` : `"${BigInt.asIntN(64, varint(bytes, start, end))}"`;
    }
  }

  /** Finds the values of every field of a message, wherever they lie. */
  #collect(message: number, ranges: Runs): (Runs | undefined)[] {
    const fields = messages[message]?.fields ?? [];
    const byNumber = tables[message]?.byNumber;
    const found: (Runs | undefined)[] = [];
    const bytes = this.#bytes;
    for (let i = 0; i < ranges.length; i += 3) {
      const end = ranges[i + 2] as number;
      for (let at = ranges[i + 1] as number; at < end;) {
        const tag = varintAt(bytes, at);
        at = varintEnd(bytes, at);
        const wire = tag & 7;
        const next = skipValue(bytes, at, wire);
        const position = byNumber?.get(Math.floor(tag / 8));
        const start = wire === 2 ? varintEnd(bytes, at) : at;
        at = next;
        if (position === undefined) continue;
        const field = fields[position] as Field;
        if (field.number === 1000) continue;
        // Of a oneof only the last member that came is there; one given twice is replaced, not merged.
        if (field.oneof >= 0) for (const [other, { oneof }] of fields.entries()) if (oneof === field.oneof) found[other] = undefined;
        const runs = found[position];
        if (runs === undefined) found[position] = [wire, start, next];
        else runs.push(wire, start, next);
      }
    }
    return found;
  }
}

function isFixed64(field: Field): boolean {
  return field.type === 'fixed64' || field.type === 'sfixed64' || field.type === 'double';
}

function isZero(field: Field, value: string): boolean {
  switch (field.type) {
    case 'string':
    case 'bytes':
      return value === '""';
    case 'bool':
      return value === 'false';
    case 'double':
      return value === '0' || value === '-0';
    default:
      return value === '0' || value === '"0"';
  }
}

function varint(bytes: Buffer, start: number, end: number): bigint {
  if (end - start < 7) return BigInt(varintAt(bytes, start));
  let value = 0n;
  for (let i = end - 1; i >= start; i--) value = (value << 7n) | BigInt((bytes[i] as number) & 127);
  return BigInt.asUintN(64, value);
}

function unsigned(bytes: Buffer, at: number): string {
  const high = bytes.readUInt32LE(at + 4);
  // Up to 2^53 a double is exact; times in nanoseconds are beyond.
  return high < 0x200000 ? String(high * 0x1_0000_0000 + bytes.readUInt32LE(at)) : String(bytes.readBigUInt64LE(at));
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (value === Infinity) return '"Infinity"';
  if (value === -Infinity) return '"-Infinity"';
  return Object.is(value, -0) ? '-0' : String(value);
}
