import { ConfigValueError } from '../../component/config-value-error.js';
import { refusingLargeGroups } from '../../component/large-groups.js';
import { flattening } from '../../otlp/regroup/flattening.js';
import { regrouping } from '../../otlp/regroup/regrouping.js';
import type { Stage } from '../../statements/stages.js';
import { flattenGate } from './config.js';

const flatten: Stage = { apply: (batch) => refusingLargeGroups(flattening(batch)) };

const join: Stage = {
  *apply(batch) {
    const { batch: joined } = yield* refusingLargeGroups(regrouping(batch, []));
    return joined;
  },
};

/** The stages for log records that have a resource and a scope of their own meanwhile. */
export function flattened(stages: readonly Stage[]): readonly Stage[] {
  return stages.length === 0 ? stages : [flatten, ...stages, join];
}

/** Throws in the Collector's words when the feature gate is off. */
export function checkFlattenGate(gates: ReadonlySet<string>): void {
  if (gates.has(flattenGate)) return;
  throw new ConfigValueError(
    `'flatten_data' requires the '${flattenGate}' feature gate to be enabled`,
    ['flatten_data'],
    `Start with --feature-gates=${flattenGate}.`,
  );
}
