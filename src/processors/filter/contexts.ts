import type { ContextName } from '../../ottl/contexts/contexts.js';
import { functionTable, type FunctionTable } from '../../ottl/environment.js';
import { metricConverters } from '../../ottl/functions/metrics/has-attribute.js';
import { isRootSpan } from '../../ottl/functions/span/is-root-span.js';
import { standardFunctions } from '../../ottl/functions/standard.js';
import type { Signal } from '../../otlp/signal.js';
import type { RuleContext } from '../../statements/rules.js';

const converters = standardFunctions.filter(({ kind }) => kind === 'converter');
const standard = functionTable(converters);
/** The functions of contexts that have more than the standard ones. */
const special: Readonly<Partial<Record<ContextName, FunctionTable>>> = {
  span: functionTable([...converters, isRootSpan]),
  metric: functionTable([...converters, ...metricConverters]),
};

const ofContexts = (...names: readonly ContextName[]): readonly RuleContext[] =>
  names.map((name) => ({ name, functions: special[name] ?? standard }));

/** The contexts of the conditions for each signal, from the outermost on. */
export const conditionContexts: Readonly<Record<Signal, readonly RuleContext[]>> = {
  traces: ofContexts('resource', 'scope', 'span', 'spanevent'),
  metrics: ofContexts('resource', 'scope', 'metric', 'datapoint'),
  logs: ofContexts('resource', 'scope', 'log'),
  profiles: ofContexts('resource', 'scope', 'profile'),
};
