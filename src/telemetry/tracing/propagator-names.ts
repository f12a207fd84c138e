import type { TextFault } from '../../component/config-value-error.js';

/** The propagators that there are. */
export type PropagatorName = 'tracecontext' | 'b3';

/** The fault of a propagator's name; undefined: none. */
export function propagatorFault(name: string): TextFault | undefined {
  const known: readonly string[] = ['tracecontext', 'b3'] satisfies PropagatorName[];
  return known.includes(name)
    ? undefined
    : {
        message: `unsupported trace propagator ${JSON.stringify(name)}: use tracecontext or b3`,
        hint: 'Use tracecontext, b3 or both.',
      };
}
