import type { MetricBuilder } from '../otlp/build/metrics.js';
import type { Key } from '../otlp/view/key.js';
import { dataViewOf } from '../otlp/wire/viewed-bytes.js';
import type { SeriesTable } from './series-table.js';
import { absent, valueKind, type Values } from './values.js';

const emptyBytes = Buffer.alloc(0);
const empty = { bytes: emptyBytes, view: dataViewOf(emptyBytes) };

/**
 * Writes the values that a series shows as attributes of the open point, in the order of its columns; a value that is
 * not there is left out. `names`: the name of each column; undefined where the values are attributes with their names.
 */
export function writeSeriesAttributes(
  table: SeriesTable,
  row: number,
  names: readonly (Key | undefined)[],
  values: Values,
  to: MetricBuilder,
): void {
  for (let i = 0; i < names.length; i++) writeValueAttribute(table.shownAt(row, i), names[i], values, to);
}

/** Writes a value of `Values` as an attribute of what is open. */
export function writeValueAttribute(id: number, name: Key | undefined, values: Values, to: MetricBuilder): void {
  if (id === absent) return;
  const length = values.lengthOf(id);
  const start = length === 0 ? 0 : values.startOf(id);
  const source = length === 0 ? empty : values.chunkOf(id);
  if (name === undefined) to.encodedAttributes(source.bytes, start, start + length);
  else if (values.kindOf(id) === valueKind.text) to.textAttribute(name, source, start, start + length);
  else to.encodedAttribute(name, source, start, start + length);
}
