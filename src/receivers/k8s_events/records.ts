import { apiText, apiValue, type ApiJson } from '../../kubernetes/json.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import type { Batch } from '../../otlp/batch.js';

const scopeName = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/k8seventsreceiver';

const severities: ReadonlyMap<string, number> = new Map([
  ['normal', 9],
  ['warning', 13],
  ['error', 17],
  ['critical', 21],
]);

/** A moment as the API writes it: to the second, or with fractions of it. */
const moment = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

interface Time {
  readonly seconds: number;
  readonly nanos: number;
}

/** Events of the cluster as log records, each with the resource that it is about. `version` is that of this program. */
export function eventRecords(events: readonly ApiJson[], version: string): Batch {
  const logs = new LogBuilder();
  for (const event of events) {
    const text = (...path: string[]): string => apiText(event, ...path) ?? '';
    logs
      .resource()
      .attribute('k8s.node.name', text('source', 'host'))
      .attribute('k8s.object.kind', text('involvedObject', 'kind'))
      .attribute('k8s.object.name', text('involvedObject', 'name'))
      .attribute('k8s.object.uid', text('involvedObject', 'uid'))
      .attribute('k8s.object.fieldpath', text('involvedObject', 'fieldPath'))
      .attribute('k8s.object.api_version', text('involvedObject', 'apiVersion'))
      .attribute('k8s.object.resource_version', text('involvedObject', 'resourceVersion'))
      .scope(scopeName, version)
      .timelessRecord();
    const time = timeOf(event);
    if (time) logs.happened(time.seconds, time.nanos);
    const type = text('type');
    const severity = severities.get(type.toLowerCase());
    if (severity !== undefined) logs.severity(severity, type);
    logs
      .attribute('k8s.event.reason', text('reason'))
      .attribute('k8s.event.action', text('action'))
      .attribute('k8s.event.start_time', goTime(text('metadata', 'creationTimestamp')))
      .attribute('k8s.event.name', text('metadata', 'name'))
      .attribute('k8s.event.uid', text('metadata', 'uid'))
      .attribute('k8s.namespace.name', text('involvedObject', 'namespace'))
      .attribute('k8s.event.reporting_controller', text('reportingComponent'))
      .attribute('k8s.event.reporting_instance', text('reportingInstance'));
    const count = apiValue(event, 'count');
    if (typeof count === 'number' && Number.isSafeInteger(count) && count !== 0)
      logs.attribute('k8s.event.count', count);
    logs.body(text('message'));
  }
  return logs.finish();
}

/** When it happened, or happened last; an event that does not say has the time at which it was created. */
function timeOf(event: ApiJson): Time | undefined {
  for (const path of [['eventTime'], ['lastTimestamp'], ['firstTimestamp'], ['metadata', 'creationTimestamp']]) {
    const time = parsed(apiText(event, ...path) ?? '');
    if (time) return time;
  }
  return undefined;
}

function parsed(text: string): Time | undefined {
  const [, whole = '', fraction = '', zone = ''] = moment.exec(text) ?? [];
  const ms = Date.parse(whole + zone);
  return Number.isNaN(ms) ? undefined : { seconds: ms / 1000, nanos: Number(fraction.padEnd(9, '0')) };
}

/** A moment of the API as Go prints it in UTC: `2026-11-30 12:00:00 +0000 UTC`. */
function goTime(text: string): string {
  const time = parsed(text);
  const utc = time ? new Date(time.seconds * 1000).toISOString() : '0001-01-01T00:00:00';
  return `${utc.slice(0, 19).replace('T', ' ')} +0000 UTC`;
}
