import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

/** All are Kanmon's own: the Collector has none. The label `data` names the folder of a component's data. */
export const metrics: Readonly<Record<'files' | 'values' | 'keys' | 'damaged' | 'refused', MetricSpec>> = {
  files: {
    name: 'kanmon_file_storage_file_size',
    description: 'Size of the files that hold the data of a component.',
    unit: 'By',
    kind: 'gauge',
    level: 'basic',
  },
  values: {
    name: 'kanmon_file_storage_value_size',
    description: 'Size of the values in them that are needed.',
    unit: 'By',
    kind: 'gauge',
    level: 'basic',
  },
  keys: {
    name: 'kanmon_file_storage_values',
    description: 'Number of these values.',
    unit: '{value}',
    kind: 'gauge',
    level: 'basic',
  },
  damaged: {
    name: 'kanmon_file_storage_damages',
    description: 'Places of files that could not be read, each reported in the log.',
    unit: '{place}',
    kind: 'counter',
    level: 'basic',
  },
  refused: {
    name: 'kanmon_file_storage_refused_writes',
    description: 'Writes that were refused, by reason: no room (`full`), or a failure of the medium (`io`).',
    unit: '{write}',
    kind: 'counter',
    level: 'basic',
  },
};

export const telemetry: TelemetrySpec = { metrics: Object.values(metrics), reasons: {} };
