import type { Batch } from '../../src/otlp/batch.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { validate } from '../../src/otlp/wire/validate.js';

/** A part of OTLP/JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** Nanoseconds at which the times of points begin. */
const base = 1_700_000_000_000_000_000n;

/** The nanoseconds `seconds` after the beginning, as OTLP/JSON writes them. */
export const at = (seconds: number): string => String(base + BigInt(Math.round(seconds * 1e9)));

/** Attributes as OTLP/JSON writes them. */
export const attributes = (all: Readonly<Record<string, string>>): Json[] =>
  Object.entries(all).map(([key, stringValue]) => ({ key, value: { stringValue } }));

export const point = (value: number, time: number, labels: Readonly<Record<string, string>> = {}, start = 0): Json => ({
  asDouble: value,
  timeUnixNano: at(time),
  startTimeUnixNano: at(start),
  attributes: attributes(labels),
});

export const gauge = (name: string, ...dataPoints: readonly Json[]): Json => ({ name, gauge: { dataPoints } });
export const counter = (name: string, ...dataPoints: readonly Json[]): Json => ({
  name,
  sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints },
});
export const deltaCounter = (name: string, ...dataPoints: readonly Json[]): Json => ({
  name,
  sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints },
});

/** A resource with its metrics. */
export const resource = (labels: Readonly<Record<string, string>>, ...metrics: readonly Json[]): Json => ({
  resource: { attributes: attributes(labels) },
  scopeMetrics: [{ metrics }],
});

/** A batch of resources. */
export function metricsBatch(...resourceMetrics: readonly Json[]): Batch {
  return validate('metrics', jsonToProto('metrics', Buffer.from(JSON.stringify({ resourceMetrics }))));
}
