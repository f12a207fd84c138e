import type { ContextName } from '../../ottl/contexts/contexts.js';
import { functionTable, type FunctionTable } from '../../ottl/environment.js';
import { logFormatFunctions } from '../../ottl/functions/log-format/table.js';
import { dataPointEditors, metricEditors } from '../../ottl/functions/metrics/table.js';
import { isRootSpan } from '../../ottl/functions/span/is-root-span.js';
import { setSemconvSpanName } from '../../ottl/functions/span/set-semconv-span-name.js';
import { standardFunctions } from '../../ottl/functions/standard.js';
import type { OttlFunction } from '../../ottl/function.js';
import type { Signal } from '../../otlp/signal.js';
import type { RuleContext } from '../../statements/rules.js';

const standard = functionTable(standardFunctions);
const withMore = (...more: readonly OttlFunction[]): FunctionTable => functionTable([...standardFunctions, ...more]);

/** The functions of contexts that have more than the standard ones. */
const special: Readonly<Partial<Record<ContextName, FunctionTable>>> = {
  log: withMore(...logFormatFunctions),
  span: withMore(isRootSpan, setSemconvSpanName),
  metric: withMore(...metricEditors),
  datapoint: withMore(...dataPointEditors),
};

const ofContexts = (...names: readonly ContextName[]): readonly RuleContext[] =>
  names.map((name) => ({ name, functions: special[name] ?? standard }));

/** The contexts of the statements for each signal. */
export const statementContexts: Readonly<Record<Signal, readonly RuleContext[]>> = {
  traces: ofContexts('resource', 'scope', 'span', 'spanevent'),
  metrics: ofContexts('resource', 'scope', 'metric', 'datapoint', 'exemplar'),
  logs: ofContexts('resource', 'scope', 'log'),
  profiles: ofContexts('resource', 'scope', 'profile'),
};
