import { messagesOf, messageOf } from '../paths/messages.js';
import { only } from '../paths/field-choice.js';
import { spanIdPath, traceIdPath } from '../paths/ids.js';
import { intIn, textIn } from '../paths/inner.js';
import { kindPath } from '../paths/kind.js';
import { attributesPath } from '../paths/maps.js';
import { intPath } from '../paths/numbers.js';
import { textPath } from '../paths/texts.js';
import { timePath } from '../paths/times.js';
import { traceStatePath } from '../paths/trace-state.js';
import type { PathTable } from '../path-table.js';

const status = only('Span', 'status');

export const spanPaths: PathTable = {
  trace_id: traceIdPath(only('Span', 'trace_id')),
  span_id: spanIdPath(only('Span', 'span_id')),
  parent_span_id: spanIdPath(only('Span', 'parent_span_id')),
  trace_state: traceStatePath(only('Span', 'trace_state')),
  flags: intPath(only('Span', 'flags')),
  name: textPath(only('Span', 'name')),
  kind: kindPath(only('Span', 'kind')),
  start_time_unix_nano: intPath(only('Span', 'start_time_unix_nano')),
  end_time_unix_nano: intPath(only('Span', 'end_time_unix_nano')),
  start_time: timePath(only('Span', 'start_time_unix_nano')),
  end_time: timePath(only('Span', 'end_time_unix_nano')),
  attributes: attributesPath,
  dropped_attributes_count: intPath(only('Span', 'dropped_attributes_count')),
  events: messagesOf(only('Span', 'events'), 'ptrace.SpanEventSlice'),
  dropped_events_count: intPath(only('Span', 'dropped_events_count')),
  links: messagesOf(only('Span', 'links'), 'ptrace.SpanLinkSlice'),
  dropped_links_count: intPath(only('Span', 'dropped_links_count')),
  status: messageOf(status, 'ptrace.Status', {
    code: intIn(status, 'Status', 'code'),
    message: textIn(status, 'Status', 'message'),
  }),
};
