import { flag, group, type Report, type Schema } from '../../component/schema/schema.js';
import type { Signal } from '../../otlp/signal.js';
import { errorMode } from '../../statements/error-mode.js';
import { isMixed, statementList, statementRules, type StatementGroup } from '../../statements/groups.js';
import { compileRules } from '../../statements/rules.js';
import { noServices } from '../../statements/services.js';
import { statementContexts } from './contexts.js';

/** docs/spec/agent.md#transform. */
export interface Config {
  readonly error_mode: string;
  readonly flatten_data: boolean;
  readonly trace_statements: readonly (string | StatementGroup)[];
  readonly metric_statements: readonly (string | StatementGroup)[];
  readonly log_statements: readonly (string | StatementGroup)[];
  readonly profile_statements: readonly (string | StatementGroup)[];
}

/** The option that has the statements for a signal. */
export const statementsFor: Readonly<
  Record<Signal, 'trace_statements' | 'metric_statements' | 'log_statements' | 'profile_statements'>
> = {
  traces: 'trace_statements',
  metrics: 'metric_statements',
  logs: 'log_statements',
  profiles: 'profile_statements',
};

/** Allows `flatten_data`. */
export const flattenGate = 'transform.flatten.logs';

const signals = Object.keys(statementsFor) as readonly Signal[];

export const config: Schema<Config> = group<Config>(
  {
    error_mode: errorMode(),
    flatten_data: flag(false, {
      about:
        'Gives each log record a resource and a scope of its own while the statements run, and joins what is alike ' +
        'behind them. Needs the feature gate `transform.flatten.logs`.',
    }),
    trace_statements: statementList('Statements for spans, span events, their scopes and resources.'),
    metric_statements: statementList('Statements for metrics, data points, exemplars, their scopes and resources.'),
    log_statements: statementList('Statements for log records, their scopes and resources.'),
    profile_statements: statementList('Statements for profiles, their scopes and resources.'),
  },
  check,
);

function check(value: Config, report: Report): void {
  for (const signal of signals) {
    const option = statementsFor[signal];
    if (isMixed(value[option])) {
      report('statements and groups of statements cannot stand in one list: put the statements into a group', [option]);
      continue;
    }
    compileRules(
      statementRules(option, value[option]),
      { contexts: statementContexts[signal], errorMode: value.error_mode, services: noServices },
      (message, path, offset) => report(message, path, offset === undefined ? undefined : { offset }),
    );
  }
}
