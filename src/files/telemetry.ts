import type { MetricSpec } from '../component/telemetry.js';

/** Files that are open (docs/spec/agent.md#file-log-algorithm). */
export const openFilesMetric: MetricSpec = {
  name: 'otelcol_fileconsumer_open_files',
  description: 'Number of open files [Development]',
  unit: '1',
  kind: 'updown',
  level: 'basic',
};

export const readingFilesMetric: MetricSpec = {
  name: 'otelcol_fileconsumer_reading_files',
  description: 'Number of open files that are being read [Development]',
  unit: '1',
  kind: 'updown',
  level: 'basic',
};

export const unreadBytesMetric: MetricSpec = {
  name: 'kanmon_fileconsumer_unread_bytes',
  description: 'Bytes of all files whose records the pipelines have not accepted yet.',
  unit: 'By',
  kind: 'gauge',
  level: 'basic',
};

export const lostBytesMetric: MetricSpec = {
  name: 'kanmon_fileconsumer_truncated_bytes',
  description: 'Bytes that were in a file when it was last looked at, and were gone before they were read.',
  unit: 'By',
  kind: 'counter',
  level: 'basic',
};

export const fileMetrics: readonly MetricSpec[] = [
  openFilesMetric,
  readingFilesMetric,
  unreadBytesMetric,
  lostBytesMetric,
];
