import type { Signal } from '../../../otlp/signal.js';
import type { Data, Dictionary, LogRecord, ResourcePart, ScopePart, JsonSpan } from './data.js';
import { addDictionary, addProfile } from './detailed-profiles.js';
import { addMetric } from './detailed-metrics.js';
import { Lines, timeText } from './lines.js';
import { typed } from './value.js';

const kinds = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const statusCodes = ['Unset', 'Ok', 'Error'];
const severities = [
  'Unspecified',
  ...['Trace', 'Debug', 'Info', 'Warn', 'Error', 'Fatal'].flatMap((level) => [
    level,
    `${level}2`,
    `${level}3`,
    `${level}4`,
  ]),
];

/** Everything there is in a batch. */
export function detailedText(signal: Signal, data: Data): string {
  const lines = new Lines();
  const dictionary = data.dictionary ?? {};
  switch (signal) {
    case 'traces':
      for (const [i, resource] of (data.resourceSpans ?? []).entries()) {
        addResource(lines, `ResourceSpans #${i}`, resource, dictionary);
        for (const [j, scope] of (resource.scopeSpans ?? []).entries()) {
          addScope(lines, 'ScopeSpans', j, scope, dictionary);
          for (const [k, span] of (scope.spans ?? []).entries()) addSpan(lines, k, span);
        }
      }
      break;
    case 'logs':
      for (const [i, resource] of (data.resourceLogs ?? []).entries()) {
        addResource(lines, `ResourceLog #${i}`, resource, dictionary);
        for (const [j, scope] of (resource.scopeLogs ?? []).entries()) {
          addScope(lines, 'ScopeLogs', j, scope, dictionary);
          for (const [k, record] of (scope.logRecords ?? []).entries()) addLog(lines, k, record);
        }
      }
      break;
    case 'metrics':
      for (const [i, resource] of (data.resourceMetrics ?? []).entries()) {
        addResource(lines, `ResourceMetrics #${i}`, resource, dictionary);
        for (const [j, scope] of (resource.scopeMetrics ?? []).entries()) {
          addScope(lines, 'ScopeMetrics', j, scope, dictionary);
          for (const [k, metric] of (scope.metrics ?? []).entries()) addMetric(lines, k, metric);
        }
      }
      break;
    case 'profiles':
      addDictionary(lines, dictionary);
      for (const [i, resource] of (data.resourceProfiles ?? []).entries()) {
        addResource(lines, `ResourceProfiles #${i}`, resource, dictionary);
        for (const [j, scope] of (resource.scopeProfiles ?? []).entries()) {
          addScope(lines, 'ScopeProfiles', j, scope, dictionary);
          for (const [k, profile] of (scope.profiles ?? []).entries()) addProfile(lines, k, profile, dictionary);
        }
      }
  }
  return lines.text();
}

function addResource(lines: Lines, title: string, part: ResourcePart, dictionary: Dictionary): void {
  lines.add(title);
  lines.add(`Resource SchemaURL: ${part.schemaUrl ?? ''}`);
  lines.attributes('Resource attributes:', part.resource?.attributes, dictionary);
}

function addScope(lines: Lines, title: string, index: number, part: ScopePart, dictionary: Dictionary): void {
  lines.add(`${title} #${index}`);
  lines.add(`${title} SchemaURL: ${part.schemaUrl ?? ''}`);
  lines.add(`InstrumentationScope ${part.scope?.name ?? ''} ${part.scope?.version ?? ''}`);
  lines.attributes('InstrumentationScope attributes:', part.scope?.attributes, dictionary);
}

function addSpan(lines: Lines, index: number, span: JsonSpan): void {
  const field = (name: string, value: string): void => lines.add(`    ${name.padEnd(15)}: ${value}`);
  lines.add(`Span #${index}`);
  field('Trace ID', span.traceId ?? '');
  field('Parent ID', span.parentSpanId ?? '');
  field('ID', span.spanId ?? '');
  field('Name', span.name ?? '');
  field('Kind', kinds[span.kind ?? 0] ?? '');
  if (span.traceState !== undefined) field('TraceState', span.traceState);
  field('Start time', timeText(span.startTimeUnixNano));
  field('End time', timeText(span.endTimeUnixNano));
  field('Status code', statusCodes[span.status?.code ?? 0] ?? '');
  field('Status message', span.status?.message ?? '');
  for (const name of ['droppedAttributesCount', 'droppedEventsCount', 'droppedLinksCount'] as const)
    lines.add(`    D${name.slice(1)}: ${span[name] ?? 0}`);
  lines.attributes('Attributes:', span.attributes);
  addEvents(lines, span);
  addLinks(lines, span);
}

const deeper = '          ';

function addEvents(lines: Lines, { events }: JsonSpan): void {
  if (events === undefined) return;
  lines.add('Events:');
  for (const [i, event] of events.entries()) {
    lines.add(`SpanEvent #${i}`);
    lines.add(`     -> Name: ${event.name ?? ''}`);
    lines.add(`     -> Timestamp: ${timeText(event.timeUnixNano)}`);
    lines.add(`     -> DroppedAttributesCount: ${event.droppedAttributesCount ?? 0}`);
    lines.attributes('     -> Attributes::', event.attributes, {}, deeper);
  }
}

function addLinks(lines: Lines, { links }: JsonSpan): void {
  if (links === undefined) return;
  lines.add('Links:');
  for (const [i, link] of links.entries()) {
    lines.add(`SpanLink #${i}`);
    lines.add(`     -> Trace ID: ${link.traceId ?? ''}`);
    lines.add(`     -> ID: ${link.spanId ?? ''}`);
    lines.add(`     -> TraceState: ${link.traceState ?? ''}`);
    lines.add(`     -> DroppedAttributesCount: ${link.droppedAttributesCount ?? 0}`);
    lines.attributes('     -> Attributes::', link.attributes, {}, deeper);
  }
}

function addLog(lines: Lines, index: number, record: LogRecord): void {
  const severity = record.severityNumber ?? 0;
  lines.add(`LogRecord #${index}`);
  lines.add(`ObservedTimestamp: ${timeText(record.observedTimeUnixNano)}`);
  lines.add(`Timestamp: ${timeText(record.timeUnixNano)}`);
  lines.add(`SeverityText: ${record.severityText ?? ''}`);
  lines.add(`SeverityNumber: ${severities[severity] ?? ''}(${severity})`);
  if (record.eventName !== undefined) lines.add(`EventName: ${record.eventName}`);
  lines.add(`Body: ${typed(record.body)}`);
  lines.attributes('Attributes:', record.attributes);
  lines.add(`Trace ID: ${record.traceId ?? ''}`);
  lines.add(`Span ID: ${record.spanId ?? ''}`);
  lines.add(`Flags: ${record.flags ?? 0}`);
}
