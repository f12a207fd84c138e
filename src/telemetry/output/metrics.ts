import type { Meter, MetricSpec } from '../../component/telemetry.js';
import { lostTexts } from './output.js';

export const lostLines: MetricSpec = {
  name: 'kanmon_output_lost_lines',
  description:
    'Log lines, texts of debug exporters and own telemetry on stdout that were lost because their output took none.',
  unit: '{line}',
  kind: 'counter',
  level: 'basic',
};

export function observeOutputs(meter: Meter): void {
  meter.observe(lostLines, {}, lostTexts);
}
