import { reasons } from '../../attributes/changing-attributes.js';
import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

export const attributesDetected: MetricSpec = {
  name: 'otelcol_resourcedetection_attributes_detected',
  description: 'Number of attributes of the resource that is detected now.',
  unit: '{attribute}',
  kind: 'updown',
  level: 'basic',
  merge: 'max',
};

export const detectorDuration: MetricSpec = {
  name: 'otelcol_resourcedetection_detector_duration',
  description: 'Time of the attempts of a detector, by their outcome.',
  unit: 's',
  kind: 'histogram',
  level: 'basic',
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
};

export const detectorResults: MetricSpec = {
  name: 'otelcol_resourcedetection_detector_results',
  description: 'Attempts of a detector, by their outcome.',
  unit: '{detection}',
  kind: 'counter',
  level: 'basic',
};

export const telemetry: TelemetrySpec = { metrics: [attributesDetected, detectorDuration, detectorResults], reasons };
