import type { Batch } from '../../otlp/batch.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import type { Line } from '../log/console.js';
import { addAll, valueOf, type OwnOrigin } from './values.js';

const severities: Readonly<Record<string, number>> = { debug: 5, info: 9, warn: 13, error: 17 };

/** Lines of one component: the fields that name it, and with each line its other fields. */
interface LinesOfScope {
  readonly own: Readonly<Record<string, string>>;
  readonly lines: { readonly line: Line; readonly fields: Readonly<Record<string, unknown>> }[];
}

/**
 * A batch of log lines. The fields that name a component become attributes of the scope, as in the Collector
 * (test/recorded/telemetry/self-otlp.json).
 */
export function logBatch({ resource, scope }: OwnOrigin, lines: readonly Line[]): Batch {
  const scopes = new Map<string, LinesOfScope>();
  for (const line of lines) {
    const own: Record<string, string> = {};
    const fields: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(line.fields)) {
      if (value === undefined) continue;
      if (name.startsWith('otelcol.')) own[name] = typeof value === 'string' ? value : JSON.stringify(value);
      else if (name !== 'resource') fields[name] = value;
    }
    const key = JSON.stringify(own);
    let entry = scopes.get(key);
    if (!entry) scopes.set(key, (entry = { own, lines: [] }));
    entry.lines.push({ line, fields });
  }
  const builder = addAll(new LogBuilder().resource(), resource);
  for (const { own, lines: each } of scopes.values()) {
    addAll(builder.scope(scope.name, scope.version), own);
    for (const { line, fields } of each) addRecord(builder, line, fields);
  }
  return builder.finish();
}

function addRecord(builder: LogBuilder, line: Line, fields: Readonly<Record<string, unknown>>): void {
  const time = line.time.getTime();
  builder
    .record(time)
    .observed(time)
    .severity(severities[line.level] ?? 9, line.level)
    .body(line.message);
  for (const [key, value] of Object.entries(fields)) {
    if (key === 'error') {
      builder.attribute('exception.message', value instanceof Error ? value.message : String(value));
      builder.attribute('exception.type', value instanceof Error ? value.constructor.name : 'Error');
    } else builder.attribute(key, valueOf(value));
  }
  if (line.stack !== undefined) builder.attribute('exception.stacktrace', line.stack);
}
