import { only } from '../paths/field-choice.js';
import { spanIdPath, traceIdPath } from '../paths/ids.js';
import { attributesPath } from '../paths/maps.js';
import { doublePath, intPath } from '../paths/numbers.js';
import { timePath } from '../paths/times.js';
import type { PathTable } from '../path-table.js';

export const exemplarPaths: PathTable = {
  time_unix_nano: intPath(only('Exemplar', 'time_unix_nano')),
  time: timePath(only('Exemplar', 'time_unix_nano')),
  double_value: doublePath(only('Exemplar', 'as_double')),
  int_value: intPath(only('Exemplar', 'as_int')),
  trace_id: traceIdPath(only('Exemplar', 'trace_id')),
  span_id: spanIdPath(only('Exemplar', 'span_id')),
  filtered_attributes: attributesPath,
};
