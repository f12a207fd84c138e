import type { ContextName } from '../../../ottl/contexts/contexts.js';
import { functionTable } from '../../../ottl/environment.js';
import type { FunctionServices } from '../../../ottl/function.js';
import { isRootSpan } from '../../../ottl/functions/span/is-root-span.js';
import { standardFunctions } from '../../../ottl/functions/standard.js';
import type { OttlError } from '../../../ottl/ottl-error.js';
import { ConditionSequence, type ReportFailure } from '../../../ottl/sequence.js';
import { modeOf } from '../../../statements/error-mode.js';
import { conditionsOf, type TextPath } from '../../../statements/groups.js';
import { compileRules } from '../../../statements/rules.js';
import { OttlTest } from './ottl-test.js';
import type { SharedPolicyConfig } from './policy-config.js';

/** The surroundings of conditions: what their functions use, and what becomes of failures. */
export interface OttlSurroundings {
  readonly services: FunctionServices;
  /** A condition failed, and its error mode is `ignore`. */
  readonly ignored: ReportFailure;
  /** A condition failed, and its error mode is `propagate`. */
  readonly failed: (error: OttlError) => void;
}

type Mistake = (message: string, path: TextPath, offset: number | undefined) => never;

const converters = standardFunctions.filter(({ kind }) => kind === 'converter');
const span = { name: 'span', functions: functionTable([...converters, isRootSpan]) } as const;
const spanEvent = { name: 'spanevent', functions: functionTable(converters) } as const;

/** Compiles the conditions of a policy, whose section stands at `path`. */
export function compileOttl(
  config: SharedPolicyConfig['ottl_condition'],
  path: TextPath,
  { services, ignored, failed }: OttlSurroundings,
  mistake: Mistake,
): OttlTest {
  const errorMode = modeOf(config.error_mode, 'ignore');
  const sequence = (name: ContextName, texts: readonly string[]): ConditionSequence | undefined => {
    if (texts.length === 0) return undefined;
    const groups = [conditionsOf(name, texts, [...path, name])];
    const [rules] = compileRules(groups, { contexts: [span, spanEvent], errorMode, services }, mistake);
    return rules && new ConditionSequence(rules.conditions, errorMode, ignored);
  };
  return new OttlTest(sequence('span', config.span), sequence('spanevent', config.spanevent), failed);
}
