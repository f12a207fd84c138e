import type { MatchConfig } from '../../attributes/match/match-config.js';
import { Selection } from '../../attributes/match/selection.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Signal } from '../../otlp/signal.js';
import { LogRecordView } from '../../otlp/view/log-record.js';
import { MetricView } from '../../otlp/view/metric.js';
import { SpanView } from '../../otlp/view/span.js';
import { severityNumber, type LogMatch, type MetricMatch } from './match-config.js';
import { MetricSelection } from './metric-selection.js';
import type { Stage } from '../../statements/stages.js';
import { SelectedRows } from './selected-rows.js';

/** The items dropped in the oldest form: all that `include` does not match, and all that `exclude` matches. */
export interface OldestForm {
  readonly spans: IncludeExclude<MatchConfig>;
  readonly metrics: IncludeExclude<MetricMatch>;
  readonly logs: IncludeExclude<LogMatch>;
}

/** Which items stay, and which do not. */
export interface IncludeExclude<Match> {
  readonly include: Match | undefined;
  readonly exclude: Match | undefined;
}

/** The options with `include` and `exclude`, by signal. */
const optionOf = { traces: 'spans', metrics: 'metrics', logs: 'logs', profiles: undefined } as const;

/** The option of a signal that has the oldest form, where it is set. */
export function oldestOption(signal: Signal, config: OldestForm): keyof OldestForm | undefined {
  const option = optionOf[signal];
  if (option === undefined) return undefined;
  const { include, exclude } = config[option];
  return include || exclude ? option : undefined;
}

/** Drops what the oldest form says; undefined where it says nothing. Throws a `ConfigValueError`. */
export function selectedRows(signal: Signal, { spans, metrics, logs }: OldestForm): Stage | undefined {
  switch (signal) {
    case 'traces':
      if (!spans.include && !spans.exclude) return undefined;
      return located(
        'spans',
        () => new SelectedRows(new Selection(spans.include, spans.exclude, 'traces'), new SpanView()),
      );
    case 'logs': {
      const [include, exclude] = [properties(logs.include), properties(logs.exclude)];
      if (!include && !exclude) return undefined;
      return located('logs', () => new SelectedRows(new Selection(include, exclude, 'logs'), new LogRecordView()));
    }
    case 'metrics':
      if (!metrics.include && !metrics.exclude) return undefined;
      return located(
        'metrics',
        () => new SelectedRows(new MetricSelection(metrics.include, metrics.exclude), new MetricView()),
      );
    case 'profiles':
      return undefined;
  }
}

/** The names that properties of log records have here, by those of the shared conditions. */
const logNames: Readonly<Record<string, string>> = {
  attributes: 'record_attributes',
  resources: 'resource_attributes',
  log_bodies: 'bodies',
  log_severity_texts: 'severity_texts',
};

/** As conditions of the `attributes` processor; undefined where nothing is asked for, which is accepted. */
function properties(match: LogMatch | undefined): MatchConfig | undefined {
  if (match === undefined) return undefined;
  const { resource_attributes: resources, record_attributes: attributes, severity_texts: texts, bodies } = match;
  const severity = match.severity_number;
  if (severity === undefined && [resources, attributes, texts, bodies].every(({ length }) => length === 0))
    return undefined;
  return {
    ...{ match_type: match.match_type, regexp: undefined, resources, attributes, log_bodies: bodies },
    log_severity_texts: texts,
    log_severity_number: severity && { ...severity, min: severityNumber(severity.min) },
    ...{ services: [], span_names: [], span_kinds: [], metric_names: [], libraries: [] },
  };
}

/** Names the places of faults below the options of a signal. */
function located<T>(option: keyof OldestForm, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigValueError)) throw error;
    const path = error.path.map((step) => (option === 'logs' ? (logNames[step] ?? step) : step));
    throw new ConfigValueError(error.message, [option, ...path], error.hint, { cause: error, at: error.at });
  }
}
