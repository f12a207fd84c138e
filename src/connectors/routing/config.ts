import { choice, group, list, pipelineId, text, type Report, type Schema } from '../../component/schema/schema.js';
import { errorMode } from '../../statements/error-mode.js';
import { noServices } from '../../statements/services.js';
import { compileRoute, RouteFault } from './compile-route.js';

/** Without it failures propagate by default, as in Collectors up to v0.156. */
export const ignoreGate = 'connector.routing.defaultErrorModeIgnore';

export interface RouteConfig {
  /** '' is inferred. */
  readonly context: string;
  readonly condition: string;
  readonly statement: string;
  readonly action: 'move' | 'copy';
  readonly pipelines: readonly string[];
}

/** docs/spec/gateway.md#routing. */
export interface Config {
  readonly table: readonly RouteConfig[];
  readonly default_pipelines: readonly string[];
  readonly error_mode: string;
}

const route: Schema<RouteConfig> = group<RouteConfig>({
  context: text('', {
    about:
      'Unit that is routed: `resource`, `span`, `metric`, `datapoint`, `log`, or with `otelcol` the whole request. ' +
      'Not set: inferred from the paths in use, and `resource` for paths without a context.',
  }),
  condition: text('', { about: 'A condition of OTTL; what it holds for takes the route.' }),
  statement: text('', {
    about:
      'In place of a condition: `route() where ...`, or `delete_key` or `delete_matching_keys` with `where`, which ' +
      'changes what takes the route.',
  }),
  action: choice(['move', 'copy'], 'move', {
    about: '`copy` leaves what takes the route for later routes and the default pipelines as well.',
  }),
  pipelines: list(pipelineId(), [], { about: 'The pipelines behind the route; all of them get what takes it.' }),
});

export const config: Schema<Config> = group<Config>(
  {
    table: list(route, [], { about: 'The routes, in the order in which they are tried.' }),
    default_pipelines: list(pipelineId(), [], {
      about: 'The pipelines for what no route moves. Not set: it is dropped, and counted in the ledger.',
    }),
    error_mode: errorMode('', ` Not set: \`ignore\`, and \`propagate\` without the gate \`${ignoreGate}\`.`),
  },
  ({ table }, report) => {
    if (table.length === 0) report('invalid routing table: the routing table is empty', ['table']);
    for (const [i, one] of table.entries()) checkRoute(one, ['table', i], report);
  },
);

function checkRoute(one: RouteConfig, path: readonly (string | number)[], report: Report): void {
  if (one.pipelines.length === 0) report('invalid route: no pipelines defined', path);
  if (one.condition === '' && one.statement === '')
    return report('invalid route: no condition or statement provided', path);
  if (one.condition !== '' && one.statement !== '')
    return report('invalid route: both condition and statement provided', path);
  try {
    compileRoute(one, noServices);
  } catch (error) {
    if (!(error instanceof RouteFault)) throw error;
    report(error.message, [...path, error.option], error.offset === undefined ? undefined : { offset: error.offset });
  }
}
