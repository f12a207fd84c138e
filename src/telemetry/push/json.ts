import type { Attributes } from '../../component/telemetry.js';

/** OTLP/JSON of one attribute value, as far as our own telemetry has kinds of them. */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number };

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

export function keyValues(attributes: Attributes): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** Whatever is neither text, number nor boolean becomes JSON. */
export function anyValue(value: unknown): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    case 'bigint':
      return { intValue: String(value) };
    default:
      return { stringValue: value instanceof Error ? value.message : (JSON.stringify(value) ?? '') };
  }
}

/** Milliseconds since the epoch, with fractions, as OTLP/JSON writes nanoseconds. */
export function nanos(unixMs: number): string {
  const whole = Math.trunc(unixMs);
  return `${whole}${String(Math.trunc((unixMs - whole) * 1e6)).padStart(6, '0')}`;
}
