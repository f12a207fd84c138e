import { useFaults, type UseFault } from '../../src/component/schema/in-use.js';
import type { Schema } from '../../src/component/schema/schema.js';

/** The faults that options have where their component runs, for metrics unless `use` says otherwise. */
export function faultsInUse(
  schema: Schema<unknown>,
  options: unknown,
  use: Partial<Parameters<typeof useFaults>[2]> = {},
): readonly UseFault[] {
  return useFaults(schema, schema.parse(options), {
    signals: new Set(['metrics']),
    gates: new Set(),
    env: {},
    requiresTls: () => false,
    listens: () => undefined,
    warn: () => {},
    warnAt: () => {},
    ...use,
  });
}
