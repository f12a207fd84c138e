import { expect, test } from 'vitest';
import { config } from './config.js';

const faults = (transform: object): string[] => {
  const { error } = config.safeParse({ transforms: [transform] });
  return (error?.issues ?? []).map(({ path, message }) => `${path.slice(2).join('.')}: ${message}`);
};
const update = { include: 'a', action: 'update' };

test.each([
  [
    {},
    [': `include` is missing: the name of the metrics', ': `action` is missing: one of update, insert, combine, group'],
  ],
  [{ ...update, metric_name: 'b' }, ['metric_name: `include` and `metric_name` are the same option: set one']],
  [{ include: 'a', action: 'insert' }, [': `insert` needs `new_name`']],
  [{ include: 'a', action: 'combine' }, [': `combine` needs `new_name`']],
  [{ include: 'a', action: 'group' }, [': `group` needs `group_resource_labels`']],
  [
    { ...update, action: 'delete' },
    ['action: unsupported value "delete", one of "", "update", "insert", "combine", "group" expected'],
  ],
  [{ ...update, include: '(', match_type: 'regexp' }, ['include: error parsing regexp: missing closing ): `(`']],
  [
    { ...update, match_type: 'regexp', experimental_match_labels: { a: '[' } },
    ['experimental_match_labels.a: error parsing regexp: missing closing ]: `[`'],
  ],
])('%j is refused', (transform, messages) => expect(faults(transform)).toEqual(messages));

test.each([
  [{}, /^`action` is missing/],
  [{ action: 'add_label', new_label: 'a' }, '`add_label` needs `new_value`'],
  [{ action: 'update_label' }, '`update_label` needs `label`'],
  [{ action: 'delete_label_value', label: 'a' }, '`delete_label_value` needs `label_value`'],
  [{ action: 'experimental_scale_value' }, '`experimental_scale_value` needs `experimental_scale`'],
  [{ action: 'aggregate_labels', label_set: ['a'] }, '`aggregate_labels` needs `aggregation_type`'],
  [
    { action: 'aggregate_label_values', label: 'a', new_value: 'b', aggregation_type: 'sum' },
    '`aggregate_label_values` needs `aggregated_values`',
  ],
])('the operation %j is refused', (operation, message) => {
  const [fault = ''] = faults({ ...update, operations: [operation] });
  expect(fault.replace('operations.0: ', '')).toMatch(message);
});
