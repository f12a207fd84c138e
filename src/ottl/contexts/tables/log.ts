import { bodyPath } from '../paths/body.js';
import { only } from '../paths/field-choice.js';
import { spanIdPath, traceIdPath } from '../paths/ids.js';
import { attributesPath } from '../paths/maps.js';
import { intPath } from '../paths/numbers.js';
import { textPath } from '../paths/texts.js';
import { timePath } from '../paths/times.js';
import type { PathTable } from '../path-table.js';

export const logPaths: PathTable = {
  time_unix_nano: intPath(only('LogRecord', 'time_unix_nano')),
  observed_time_unix_nano: intPath(only('LogRecord', 'observed_time_unix_nano')),
  time: timePath(only('LogRecord', 'time_unix_nano')),
  observed_time: timePath(only('LogRecord', 'observed_time_unix_nano')),
  severity_number: intPath(only('LogRecord', 'severity_number')),
  severity_text: textPath(only('LogRecord', 'severity_text')),
  body: bodyPath(only('LogRecord', 'body')),
  attributes: attributesPath,
  dropped_attributes_count: intPath(only('LogRecord', 'dropped_attributes_count')),
  flags: intPath(only('LogRecord', 'flags')),
  trace_id: traceIdPath(only('LogRecord', 'trace_id')),
  span_id: spanIdPath(only('LogRecord', 'span_id')),
  event_name: textPath(only('LogRecord', 'event_name')),
};
