import { choice, float, group, list, map, text, type Report, type Schema } from '../../component/schema/schema.js';
import type { AggregationType } from '../../otlp/draft/merge-points.js';
import { patternFault } from '../../pattern/pattern.js';

export const operationActions = [
  'add_label',
  'update_label',
  'delete_label_value',
  'toggle_scalar_data_type',
  'experimental_scale_value',
  'aggregate_labels',
  'aggregate_label_values',
] as const;

export interface ValueAction {
  readonly value: string;
  readonly new_value: string;
}

/** '' stands for a choice that was not made. */
export interface OperationConfig {
  readonly action: '' | (typeof operationActions)[number];
  readonly label: string;
  readonly new_label: string;
  readonly label_set: readonly string[];
  readonly aggregation_type: '' | AggregationType;
  readonly aggregated_values: readonly string[];
  readonly new_value: string;
  readonly value_actions: readonly ValueAction[];
  readonly experimental_scale: number;
  readonly label_value: string;
}

export interface TransformConfig {
  readonly include: string;
  readonly metric_name: string;
  readonly match_type: '' | 'strict' | 'regexp';
  readonly experimental_match_labels: Readonly<Record<string, string>>;
  readonly action: '' | 'update' | 'insert' | 'combine' | 'group';
  readonly new_name: string;
  readonly group_resource_labels: Readonly<Record<string, string>>;
  readonly aggregation_type: '' | AggregationType;
  readonly submatch_case: '' | 'lower' | 'upper';
  readonly operations: readonly OperationConfig[];
}

/** docs/spec/agent.md#metric-processors. */
export interface Config {
  readonly transforms: readonly TransformConfig[];
}

const aggregations = ['', 'sum', 'mean', 'min', 'max', 'count', 'median'] as const;

/** Options that an operation needs. */
const needs: Readonly<Record<(typeof operationActions)[number], readonly (keyof OperationConfig)[]>> = {
  add_label: ['new_label', 'new_value'],
  update_label: ['label'],
  delete_label_value: ['label', 'label_value'],
  toggle_scalar_data_type: [],
  experimental_scale_value: ['experimental_scale'],
  aggregate_labels: ['aggregation_type'],
  aggregate_label_values: ['label', 'aggregated_values', 'new_value', 'aggregation_type'],
};

const isMissing = (value: OperationConfig[keyof OperationConfig]): boolean =>
  value === '' || value === 0 || (typeof value === 'object' && value.length === 0);

const operation: Schema<OperationConfig> = group<OperationConfig>(
  {
    action: choice(['', ...operationActions], '', { about: 'Change that is made to the metrics.' }),
    label: text('', { about: 'The label that is changed.' }),
    new_label: text('', { about: 'The label that is added, or the new name of one.' }),
    label_set: list(text(), [], { about: '`aggregate_labels`: the labels that stay.' }),
    aggregation_type: choice(aggregations, '', { about: 'How points that become one are merged.' }),
    aggregated_values: list(text(), [], { about: '`aggregate_label_values`: the values that become one.' }),
    new_value: text('', { about: 'The value that a label gets; `{{version}}` stands for the version of Kanmon.' }),
    value_actions: list(
      group<ValueAction>({
        value: text('', { about: 'A value of the label.' }),
        new_value: text('', { about: 'The value that takes its place.' }),
      }),
      [],
      { about: '`update_label`: values that are replaced.' },
    ),
    experimental_scale: float(0, { about: '`experimental_scale_value`: the factor.' }, (factor) =>
      Number.isFinite(factor) ? undefined : `must be a number, not ${factor}`,
    ),
    label_value: text('', { about: '`delete_label_value`: points with this value of the label are dropped.' }),
  },
  (value, report) => {
    if (value.action === '') {
      report(`\`action\` is missing: one of ${operationActions.join(', ')}`);
      return;
    }
    for (const name of needs[value.action]) if (isMissing(value[name])) report(`\`${value.action}\` needs \`${name}\``);
  },
);

const transform: Schema<TransformConfig> = group<TransformConfig>(
  {
    include: text('', { about: 'The name of the metrics, or with `match_type: regexp` a pattern for it.' }),
    metric_name: text('', { about: 'The older spelling of `include`.' }),
    match_type: choice(['', 'strict', 'regexp'], '', { about: 'Kind of `include`; `strict` when not set.' }),
    experimental_match_labels: map(text(), {
      about: 'Only points with these labels are meant; the values are patterns with `match_type: regexp`.',
    }),
    action: choice(['', 'update', 'insert', 'combine', 'group'], '', {
      about:
        '`update` changes the metrics, `insert` a copy; `combine` makes one of all, `group` moves them to a resource.',
    }),
    new_name: text('', { about: 'The new name; `$1` and `${name}` stand for groups of the pattern.' }),
    group_resource_labels: map(text(), { about: '`group`: attributes of the new resource.' }),
    aggregation_type: choice(aggregations, '', {
      about: '`combine`: how points with the same labels are merged; `sum` when not set.',
    }),
    submatch_case: choice(['', 'lower', 'upper'], '', {
      about: '`combine`: the case of labels that come from the pattern.',
    }),
    operations: list(operation, [], { about: 'Changes that are made to the metrics then, in order.' }),
  },
  checkTransform,
);

function checkTransform(value: TransformConfig, report: Report): void {
  const { action, include, metric_name: older, new_name: newName } = value;
  if (include === '' && older === '') report('`include` is missing: the name of the metrics');
  if (include !== '' && older !== '')
    report('`include` and `metric_name` are the same option: set one', ['metric_name']);
  if (action === '') report('`action` is missing: one of update, insert, combine, group');
  if ((action === 'insert' || action === 'combine') && newName === '') report(`\`${action}\` needs \`new_name\``);
  if (action === 'group' && Object.keys(value.group_resource_labels).length === 0)
    report('`group` needs `group_resource_labels`');
  if (value.match_type !== 'regexp') return;
  checkPattern(include, ['include'], report);
  for (const [label, source] of Object.entries(value.experimental_match_labels))
    checkPattern(source, ['experimental_match_labels', label], report);
}

function checkPattern(source: string, path: readonly string[], report: Report): void {
  const fault = patternFault(source);
  if (fault !== undefined) report(fault, path);
}

export const config: Schema<Config> = group<Config>({
  transforms: list(transform, [], { about: 'Changes of metrics, one after the other.' }),
});
