import type { Signal } from '../../otlp/signal.js';
import type { ScenePlace } from '../../ottl/contexts/batch-scene.js';
import { contexts, type ContextName } from '../../ottl/contexts/contexts.js';
import { functionTable, type StatementEnvironment } from '../../ottl/environment.js';
import type { Expression } from '../../ottl/expression.js';
import type { FunctionServices } from '../../ottl/function.js';
import { standardFunctions } from '../../ottl/functions/standard.js';
import { compileCondition, compileValue, type Condition } from '../../ottl/statement.js';
import { adjustedCount } from './adjusted-count.js';

/** The things that metrics can be made of, as the configuration names them. */
export type MeasuredKind = 'spans' | 'datapoints' | 'logs' | 'profiles';

export const sectionNames: readonly MeasuredKind[] = ['spans', 'datapoints', 'logs', 'profiles'];

export interface MeasuredSection {
  readonly name: MeasuredKind;
  readonly context: ContextName;
  /** The message whose attributes points can have; undefined where they cannot be looked up. */
  readonly place: ScenePlace | undefined;
}

export const sectionFor: Readonly<Record<Signal, MeasuredSection>> = {
  traces: { name: 'spans', context: 'span', place: 'item' },
  metrics: { name: 'datapoints', context: 'datapoint', place: 'part' },
  logs: { name: 'logs', context: 'log', place: 'item' },
  profiles: { name: 'profiles', context: 'profile', place: undefined },
};

const contextOf: Readonly<Record<MeasuredKind, ContextName>> = {
  ...{ spans: 'span', datapoints: 'datapoint', logs: 'log', profiles: 'profile' },
};
const functions = functionTable(standardFunctions.filter(({ kind }) => kind === 'converter'));
const spanFunctions = functionTable([...functions.values(), adjustedCount]);

function environmentOf(section: MeasuredKind, services: FunctionServices): StatementEnvironment {
  const own = section === 'spans' ? spanFunctions : functions;
  return { context: contexts[contextOf[section]], functions: own, services, shortPaths: true };
}

/** Compiles a condition of a section. Throws a `StatementError`. */
export function metricCondition(section: MeasuredKind, text: string, services: FunctionServices): Condition {
  return compileCondition(text, environmentOf(section, services));
}

/** Compiles a value expression of a section. Throws a `StatementError`. */
export function metricValue(section: MeasuredKind, text: string, services: FunctionServices): Expression {
  return compileValue(text, environmentOf(section, services));
}
