import {
  matchSection,
  regexpSection,
  type MatchConfig,
  type RegexpConfig,
} from '../../attributes/match/match-config.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import { group, list, text, type Docs, type Report, type Schema } from '../../component/schema/schema.js';
import type { Signal } from '../../otlp/signal.js';
import { errorMode } from '../../statements/error-mode.js';
import {
  conditionGroups,
  conditionList,
  conditionsOf,
  isMixed,
  type ConditionGroup,
  type RuleGroup,
} from '../../statements/groups.js';
import { compileRules } from '../../statements/rules.js';
import { noServices } from '../../statements/services.js';
import { conditionContexts } from './contexts.js';
import { logMatch, metricMatch, type LogMatch, type MetricMatch } from './match-config.js';
import { oldestOption, selectedRows, type IncludeExclude } from './oldest-form.js';

type Conditions = readonly string[];

/** docs/spec/agent.md#filter. */
export interface Config {
  readonly error_mode: string;
  readonly trace_conditions: readonly (string | ConditionGroup)[];
  readonly metric_conditions: readonly (string | ConditionGroup)[];
  readonly log_conditions: readonly (string | ConditionGroup)[];
  readonly profile_conditions: readonly (string | ConditionGroup)[];
  readonly traces: { readonly resource: Conditions; readonly span: Conditions; readonly spanevent: Conditions };
  readonly spans: IncludeExclude<MatchConfig>;
  readonly metrics: OlderMetrics;
  readonly logs: { readonly resource: Conditions; readonly log_record: Conditions } & IncludeExclude<LogMatch>;
  readonly profiles: { readonly resource: Conditions; readonly profile: Conditions };
}

interface OlderMetrics extends IncludeExclude<MetricMatch> {
  readonly resource: Conditions;
  readonly metric: Conditions;
  readonly datapoint: Conditions;
  readonly regexp: RegexpConfig | undefined;
}

/** The option that has the conditions for a signal. */
const conditionsFor = {
  traces: 'trace_conditions',
  metrics: 'metric_conditions',
  logs: 'log_conditions',
  profiles: 'profile_conditions',
} as const satisfies Readonly<Record<Signal, keyof Config>>;

const signals = Object.keys(conditionsFor) as readonly Signal[];

const older = (of: string): Schema<Conditions> =>
  list(text(), [], { about: `Older form: conditions for ${of}, whose paths stand without their context.` });

/** The oldest form. */
function matches<Match>(items: string, match: (docs: Docs) => Schema<Match | undefined>): IncludeExcludeShape<Match> {
  return {
    include: match({ about: `Oldest form: only ${items} that match stay.` }),
    exclude: match({ about: `Oldest form: ${items} that match are dropped, also where \`include\` matches them.` }),
  };
}

interface IncludeExcludeShape<Match> {
  readonly include: Schema<Match | undefined>;
  readonly exclude: Schema<Match | undefined>;
}

export const config: Schema<Config> = group<Config>(
  {
    error_mode: errorMode(),
    trace_conditions: conditionList('Drops the spans, span events, scopes and resources for which one holds.'),
    metric_conditions: conditionList('Drops the metrics, data points, scopes and resources for which one holds.'),
    log_conditions: conditionList('Drops the log records, scopes and resources for which one holds.'),
    profile_conditions: conditionList('Drops the profiles, scopes and resources for which one holds.'),
    traces: group({ resource: older('resources'), span: older('spans'), spanevent: older('span events') }),
    spans: group({ ...matches('spans', matchSection) }),
    metrics: group({
      resource: older('resources'),
      metric: older('metrics'),
      datapoint: older('data points'),
      ...matches('metrics', metricMatch),
      regexp: regexpSection(),
    }),
    logs: group({
      resource: older('resources'),
      log_record: older('log records'),
      ...matches('log records', logMatch),
    }),
    profiles: group({ resource: older('resources'), profile: older('profiles') }),
  },
  check,
);

/** The groups of conditions for a signal, with the error mode of the component where they name none. */
export function rulesFor(signal: Signal, config: Config): readonly RuleGroup[] {
  const option = conditionsFor[signal];
  return [...conditionGroups(option, config[option]), ...olderRules(signal, config)];
}

function olderRules(signal: Signal, config: Config): readonly RuleGroup[] {
  return Object.entries<unknown>({ ...config[signal] })
    .filter((entry): entry is [string, Conditions] => Array.isArray(entry[1]) && entry[1].length > 0)
    .map(([key, conditions]) => conditionsOf(key === 'log_record' ? 'log' : key, conditions, [signal, key]));
}

function check(value: Config, report: Report): void {
  for (const signal of signals) {
    const option = conditionsFor[signal];
    if (isMixed(value[option])) {
      report('conditions and groups of conditions cannot stand in one list: put the conditions into a group', [option]);
      continue;
    }
    checkForms(signal, value, report);
    compileRules(
      rulesFor(signal, value),
      { contexts: conditionContexts[signal], errorMode: value.error_mode, services: noServices },
      (message, path, offset) => report(message, path, offset === undefined ? undefined : { offset }),
    );
  }
}

/** The forms cannot stand beside each other; the oldest one of spans has no effect beside the newest. */
function checkForms(signal: Signal, value: Config, report: Report): void {
  const option = conditionsFor[signal];
  const oldest = oldestOption(signal, value);
  const hasOlder = olderRules(signal, value).length > 0;
  const has = value[option].length > 0;
  if (has && (hasOlder || (oldest && oldest !== 'spans')))
    report(`"${option}" and the older form "${signal}" cannot be used together: move all to "${option}"`, [signal]);
  if (hasOlder && oldest)
    report(`"include" and "exclude" cannot be used together with conditions: move all to "${option}"`, [oldest]);
  try {
    selectedRows(signal, value);
  } catch (error) {
    if (!(error instanceof ConfigValueError)) throw error;
    report(error.message, error.path, error.at, typeof error.hint === 'string' ? error.hint : undefined);
  }
}
