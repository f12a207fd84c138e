import type { Line } from '../log/console.js';
import { anyValue, keyValues, nanos, type KeyValue } from './json.js';

const severities: Readonly<Record<string, number>> = { debug: 5, info: 9, warn: 13, error: 17 };

/** An export request of log lines, OTLP/JSON. What names the component is the scope's, as in the Collector (golden `self-otlp`). */
export function logsRequest(resource: readonly KeyValue[], scope: object, lines: readonly Line[]): object {
  const scopes = new Map<string, { scope: object; logRecords: object[] }>();
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
    if (!entry) scopes.set(key, (entry = { scope: { ...scope, attributes: keyValues(own) }, logRecords: [] }));
    entry.logRecords.push(recordJson(line, fields));
  }
  return { resourceLogs: [{ resource: { attributes: resource }, scopeLogs: [...scopes.values()] }] };
}

function recordJson(line: Line, fields: Readonly<Record<string, unknown>>): object {
  const time = nanos(line.time.getTime());
  const attributes: KeyValue[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (key === 'error') {
      attributes.push({ key: 'exception.message', value: { stringValue: value instanceof Error ? value.message : String(value) } });
      attributes.push({ key: 'exception.type', value: { stringValue: value instanceof Error ? value.constructor.name : 'Error' } });
    } else attributes.push({ key, value: anyValue(value) });
  }
  if (line.stack !== undefined) attributes.push({ key: 'exception.stacktrace', value: { stringValue: line.stack } });
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber: severities[line.level] ?? 9,
    severityText: line.level,
    body: { stringValue: line.message },
    attributes,
  };
}
