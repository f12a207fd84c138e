import type { ContextName } from '../../ottl/contexts/contexts.js';
import { contexts } from '../../ottl/contexts/contexts.js';
import { otelcolContext } from '../../ottl/contexts/otelcol-context.js';
import { functionTable, type Candidate } from '../../ottl/environment.js';
import { editor, type FunctionServices } from '../../ottl/function.js';
import { standardFunctions } from '../../ottl/functions/standard.js';
import { StatementError } from '../../ottl/ottl-error.js';
import type { Scene } from '../../ottl/scene.js';
import { compileCondition, compileGuardedEdit } from '../../ottl/statement.js';
import { chosenContext, UnknownContext, type ChosenContext } from '../../statements/chosen-context.js';
import type { RouteConfig } from './config.js';
import { parseRequestCondition, type RequestCondition } from './request-condition.js';

/** Contexts whose scenes are parts of a request. */
export type ItemContext = Extract<ContextName, 'resource' | 'span' | 'metric' | 'datapoint' | 'log'>;

/** When a route is taken. */
export type CompiledRoute =
  | { readonly context: 'request'; readonly text: string; readonly condition: RequestCondition }
  | { readonly context: 'otelcol'; readonly text: string; matches(scene: Scene): boolean }
  | {
      readonly context: ItemContext;
      readonly text: string;
      /** Throws an `OttlError` where it cannot be said whether the condition holds. */
      matches(scene: Scene): boolean;
      /** Changes what takes the route; undefined when nothing is changed. Throws an `OttlError`. */
      readonly edit: ((scene: Scene) => void) | undefined;
    };

/** The fault of a route, with the option that has it. */
export class RouteFault extends Error {
  readonly option: 'context' | 'condition' | 'statement';
  /** Where in the text, in UTF-16 units. */
  readonly offset: number | undefined;

  constructor(message: string, option: RouteFault['option'], offset?: number) {
    super(message);
    this.option = option;
    this.offset = offset;
  }
}

const routeEditor = editor('route', {}, () => () => {});
/** Editors of the Collector's connector; others would change more than where data goes. */
const editors = new Set(['delete_key', 'delete_matching_keys']);
const functions = functionTable([
  ...standardFunctions.filter(({ kind, name }) => kind === 'converter' || editors.has(name)),
  routeEditor,
]);

const candidates: readonly Candidate[] = [
  otelcolContext,
  ...(['resource', 'span', 'metric', 'datapoint', 'log'] as const).map((name) => contexts[name]),
].map((context) => ({ context, functions }));

/** Throws a `RouteFault`. */
export function compileRoute(route: RouteConfig, services: FunctionServices): CompiledRoute {
  const option = route.statement === '' ? 'condition' : 'statement';
  const text = route[option];
  if (route.context === 'request') {
    if (option === 'statement') throw new RouteFault('"request" context requires a \'condition\'', 'statement');
    const condition = parseRequestCondition(text);
    if (typeof condition === 'string') throw new RouteFault(condition, 'condition');
    return { context: 'request', text, condition };
  }
  try {
    return compiled(text, option, contextOf(route, text, option), services);
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    throw new RouteFault(error.message, option, error.offset);
  }
}

/** The context that a route names or its paths have; that of paths without any is the resource, as in the Collector. */
function contextOf(
  { context }: RouteConfig,
  text: string,
  option: 'condition' | 'statement',
): ChosenContext<Candidate> {
  const [statements, conditions] = option === 'statement' ? [[text], []] : [[], [text]];
  try {
    return chosenContext(context, { statements, conditions }, candidates, 'resource');
  } catch (error) {
    if (!(error instanceof UnknownContext)) throw error;
    throw new RouteFault(`invalid context "${context}": here are ${error.known} and "request"`, 'context');
  }
}

function compiled(
  text: string,
  option: 'condition' | 'statement',
  { candidate, shortPaths }: ChosenContext<Candidate>,
  services: FunctionServices,
): CompiledRoute {
  const environment = { ...candidate, services, shortPaths };
  const context = candidate.context.name as ItemContext | 'otelcol';
  if (option === 'condition') return { context, text, ...withoutEdit(compileCondition(text, environment)) };
  const { editor: name, matches, edit } = compileGuardedEdit(text, environment);
  return { context, text, matches, edit: name === routeEditor.name ? undefined : edit };
}

function withoutEdit({ matches }: { matches(scene: Scene): boolean }): {
  matches(scene: Scene): boolean;
  readonly edit: undefined;
} {
  return { matches, edit: undefined };
}
