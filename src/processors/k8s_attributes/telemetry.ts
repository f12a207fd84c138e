import { reasons } from '../../attributes/changing-attributes.js';
import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

export const ipLookupMiss: MetricSpec = {
  name: 'otelcol_otelsvc_k8s_ip_lookup_miss',
  description: 'Resources whose association names a pod that is not known.',
  unit: '1',
  kind: 'counter',
  level: 'basic',
};

export const podAdded: MetricSpec = {
  name: 'otelcol_otelsvc_k8s_pod_added',
  description: 'Pods that became known.',
  unit: '1',
  kind: 'counter',
  level: 'basic',
};

export const podUpdated: MetricSpec = {
  name: 'otelcol_otelsvc_k8s_pod_updated',
  description: 'Changes of known pods, and pods that were listed again.',
  unit: '1',
  kind: 'counter',
  level: 'basic',
};

export const podDeleted: MetricSpec = {
  name: 'otelcol_otelsvc_k8s_pod_deleted',
  description: 'Pods that are gone.',
  unit: '1',
  kind: 'counter',
  level: 'basic',
};

export const podTableSize: MetricSpec = {
  name: 'otelcol_otelsvc_k8s_pod_table_size',
  description: 'Pods that are known, those included that went a moment ago.',
  unit: '1',
  kind: 'updown',
  level: 'basic',
  merge: 'max',
};

export const telemetry: TelemetrySpec = {
  metrics: [ipLookupMiss, podAdded, podUpdated, podDeleted, podTableSize],
  reasons,
};
