import type { LogBuilder } from '../otlp/build/logs.js';
import type { LogEntry } from './entry.js';

/** Writes an entry as a record of the scope that is open; of a body that is a line the bytes. */
export function writeEntry(builder: LogBuilder, entry: LogEntry): void {
  builder.timelessRecord();
  if (entry.hasTime) builder.happened(entry.seconds, entry.nanos);
  builder.observed(entry.observedMs).severity(entry.severity, entry.severityText);
  if (entry.isLine) builder.textBody(entry.line, entry.lineStart, entry.lineEnd);
  else builder.exactBody(entry.body);
  builder.exactAttributes(entry.attributes);
  if (entry.traceId.length > 0 || entry.spanId.length > 0 || entry.flags !== 0)
    builder.context(entry.traceId, entry.spanId, entry.flags);
}
