import { messages, topMessage, type Field } from '../../src/otlp/fields.js';
import type { Signal } from '../../src/otlp/signal.js';

/** Decodes bytes by the rules that were recorded from the Collector: slow, recursive, one rule after the other. */
export type Verdict =
  | { readonly accepted: true; readonly items: number }
  | { readonly accepted: false; readonly why: string };

class Refused extends Error {}

const itemNames: readonly string[] = ['Span', 'LogRecord'];
const pointNames: readonly string[] = [
  'NumberDataPoint',
  'HistogramDataPoint',
  'ExponentialHistogramDataPoint',
  'SummaryDataPoint',
  'Sample',
];
const zigzagFree: readonly string[] = ['int32', 'uint32', 'sint32', 'int64', 'uint64', 'bool', 'enum'];
const eightBytes: readonly string[] = ['fixed64', 'sfixed64', 'double'];

export function referenceVerdict(signal: Signal, bytes: Uint8Array): Verdict {
  try {
    return { accepted: true, items: new Reader(bytes).message(topMessage[signal], 0, bytes.length) };
  } catch (error) {
    if (error instanceof Refused) return { accepted: false, why: error.message };
    throw error;
  }
}

class Reader {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Items in a message. */
  message(number: number, from: number, end: number): number {
    const { name, fields } = messages[number]!;
    let items = itemNames.includes(name) || pointNames.includes(name) ? 1 : 0;
    /** Points of the data that a metric has: a second one replaces the first. */
    let data = 0;
    for (let at = from; at < end;) {
      const tag = this.#varint(at, end);
      at = tag.next;
      const wire = Number(tag.value & 7n);
      // Field numbers are cut to 32 bits before they are looked up.
      const fieldNumber = Number(BigInt.asIntN(32, tag.value >> 3n));
      const field = fields.find((candidate) => candidate.number === fieldNumber);
      if (fieldNumber <= 0) throw new Refused('field number 0 or below');
      if (field === undefined) {
        at = this.#skip(at, end, wire);
        continue;
      }
      if (field.type === 'message') {
        if (wire !== 2) throw new Refused('wrong wire type');
        const { start, next } = this.#span(at, end);
        const inner = this.message(field.message, start, next);
        at = next;
        if (name === 'Metric' && field.oneof >= 0) data = inner;
        else items += inner;
      } else at = this.#scalar(field, wire, at, end);
    }
    return items + data;
  }

  #scalar(field: Field, wire: number, at: number, end: number): number {
    const own = zigzagFree.includes(field.type)
      ? 0
      : eightBytes.includes(field.type)
        ? 1
        : field.type === 'fixed32'
          ? 5
          : 2;
    if (own === 2) {
      if (wire !== 2) throw new Refused('wrong wire type');
      const { start, next } = this.#span(at, end);
      const size = field.type === 'id16' ? 16 : field.type === 'id8' ? 8 : undefined;
      if (size !== undefined && next - start !== 0 && next - start !== size) throw new Refused('length of an id');
      return next;
    }
    if (wire === own) return this.#skip(at, end, wire);
    if (wire !== 2 || !field.repeated) throw new Refused('wrong wire type');
    const { start, next } = this.#span(at, end);
    for (let inner = start; inner < next;) inner = this.#skip(inner, next, own);
    return next;
  }

  #span(at: number, end: number): { start: number; next: number } {
    const length = this.#varint(at, end);
    if (length.value > BigInt(end - length.next)) throw new Refused('truncated');
    return { start: length.next, next: length.next + Number(length.value) };
  }

  #skip(at: number, end: number, wire: number): number {
    const next = this.#after(at, end, wire);
    if (next > end) throw new Refused('truncated');
    return next;
  }

  #after(at: number, end: number, wire: number): number {
    if (wire === 0) return this.#varint(at, end).next;
    if (wire === 1) return at + 8;
    if (wire === 5) return at + 4;
    if (wire === 2) return this.#span(at, end).next;
    if (wire !== 3) throw new Refused('wire type');
    let inner = at;
    for (;;) {
      const tag = this.#varint(inner, end);
      inner = tag.next;
      const kind = Number(tag.value & 7n);
      if (kind === 4) return inner;
      inner = this.#skip(inner, end, kind);
    }
  }

  #varint(from: number, end: number): { value: bigint; next: number } {
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      if (from + i >= end) throw new Refused('truncated');
      const byte = this.#bytes[from + i]!;
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return { value: BigInt.asUintN(64, value), next: from + i + 1 };
    }
    throw new Refused('a varint of eleven bytes');
  }
}
