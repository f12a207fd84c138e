import { byteAt } from '../../../otlp/wire/at.js';
import { ExpositionFault, excerpt } from './fault.js';
import { metricEnd, parseLabels, type LabelMap } from './metric.js';
import { NumberReader } from './numbers.js';
import { noTime } from './sink.js';

/** One measured value behind a sample. */
export interface Exemplar {
  readonly labels: LabelMap;
  readonly value: number;
  /** Milliseconds since the epoch, or `noTime`. */
  readonly time: number;
}

const numbers: NumberReader = new NumberReader();

/** Reads the exemplar `# {trace_id="a"} 0.5 1700000000.5` in `bytes[from, to)`. Throws an `ExpositionFault`. */
export function parseExemplar(bytes: Buffer, from: number, to: number): Exemplar {
  const fault = (): ExpositionFault => new ExpositionFault(`invalid exemplar ${excerpt(bytes, from, to)}`);
  if (byteAt(bytes, from + 1) !== 32 || from + 2 >= to || byteAt(bytes, from + 2) !== 123) throw fault();
  const end = metricEnd(bytes, from + 2, to);
  if (end < 0 || end >= to || byteAt(bytes, end) !== 32) throw fault();
  const labels: LabelMap = new Map();
  parseLabels(bytes, from + 2, end, labels, false);
  const valueEnd = tokenEnd(bytes, end + 1, to);
  if (valueEnd === end + 1) throw fault();
  const value = numbers.read(bytes, end + 1, valueEnd);
  if (!numbers.ok) throw fault();
  if (valueEnd === to) return { labels, value, time: noTime };
  const timeEnd = tokenEnd(bytes, valueEnd + 1, to);
  if (timeEnd !== to || timeEnd === valueEnd + 1) throw fault();
  const seconds = numbers.read(bytes, valueEnd + 1, timeEnd);
  if (!numbers.ok || !Number.isFinite(seconds)) throw fault();
  return { labels, value, time: Math.trunc(seconds * 1000) };
}

function tokenEnd(bytes: Buffer, at: number, to: number): number {
  let end = at;
  while (end < to && byteAt(bytes, end) !== 32) end++;
  return end;
}
