import type { PipelineContext } from '../../component/define.js';
import { logFailure } from '../../statements/failures.js';
import { functionServices } from '../../statements/services.js';
import type { OttlSurroundings } from './rules/compile-ottl.js';
import { metrics } from './telemetry.js';

/** The clock, the log and the metric for conditions of OTTL. */
export function ottlSurroundings(context: PipelineContext): OttlSurroundings {
  const errors = context.meter.counter(metrics.errors, {});
  errors.add(0);
  return {
    services: functionServices(context),
    ignored: logFailure(context.logger, 'failed to eval condition', 'condition'),
    failed: () => errors.add(1),
  };
}
