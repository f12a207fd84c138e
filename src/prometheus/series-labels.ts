import type { AttributedView } from '../otlp/view/attributes.js';
import { isReserved, labelName } from './label-name.js';
import type { LabelRules, NoSeries } from './label-rules.js';
import { compareNames, type Label } from './labels.js';
import { attributeTexts, joinedLabels, type ResourceNames } from './resource-names.js';
import type { ScopeNames } from './scope-names.js';

/**
 * All labels of a series, sorted by name, or why it can't have any. `without`: a label that the series of the metric
 * have for themselves, such as `le`, and an attribute can't be.
 */
export function seriesLabels(
  point: AttributedView,
  resource: ResourceNames,
  scope: ScopeNames,
  rules: LabelRules,
  without: string | undefined,
): readonly Label[] | NoSeries {
  const attributes = attributeTexts(point);
  for (const [key, value] of resource.copied) attributes.set(key, value);
  const labels =
    rules.collisions === 'join'
      ? joining(attributes, resource, scope, rules)
      : refusing(attributes, resource, scope, rules);
  if (typeof labels === 'string') return labels;
  if (without !== undefined) labels.delete(without);
  return [...labels].filter(([, value]) => !rules.dropEmpty || value !== '').sort(compareNames);
}

function joining(
  attributes: ReadonlyMap<string, string>,
  { target }: ResourceNames,
  scope: ScopeNames,
  { names, fixed }: LabelRules,
): Map<string, string> {
  const labels = joinedLabels([...attributes].sort(compareNames), names.utf8);
  for (const [name, value] of target) labels.set(name, value);
  for (const [name, value] of fixed) if (!labels.has(name)) labels.set(name, value);
  for (const [name, value] of joinedLabels(scope.attributes, names.utf8)) labels.set(name, value);
  for (const [name, value] of scope.labels) labels.set(name, value);
  labels.delete('__name__');
  return labels;
}

function refusing(
  attributes: ReadonlyMap<string, string>,
  { target }: ResourceNames,
  scope: ScopeNames,
  { names, fixed }: LabelRules,
): Map<string, string> | NoSeries {
  const labels = new Map<string, string>();
  for (const [key, value] of [...attributes, ...scope.attributes]) {
    const name = labelName(key, names.utf8);
    if (name === undefined || isReserved(name)) return 'invalid_label';
    if (labels.has(name)) return 'duplicate_label';
    labels.set(name, value);
  }
  for (const [name, value] of [...scope.labels, ...target, ...fixed]) {
    if (labels.has(name)) return 'duplicate_label';
    labels.set(name, value);
  }
  return labels;
}
