import type { ByteEntry } from '../otlp/keys/byte-table.js';
import { valueText } from '../otlp/keys/value-text.js';
import type { AttributedView } from '../otlp/view/attributes.js';
import { labelName } from './label-name.js';
import type { LabelRules } from './label-rules.js';
import { compareNames, type Label } from './labels.js';

/** The attributes that name the job and the instance. */
export const identifying: ReadonlySet<string> = new Set(['service.name', 'service.namespace', 'service.instance.id']);

/** The labels that a resource gives to its series, made once for equal resources. */
export interface ResourceNames extends ByteEntry {
  readonly id: number;
  /** `job` and `instance`, where the resource has them. */
  readonly target: readonly Label[];
  /** Attributes that count as the point's own; in place of those with the same key. */
  readonly copied: ReadonlyMap<string, string>;
  /** The labels of `target_info`; undefined when there is none for it. */
  readonly info: readonly Label[] | undefined;
}

export function resourceNames(view: AttributedView, rules: LabelRules): Omit<ResourceNames, keyof ByteEntry | 'id'> {
  const attributes = attributeTexts(view);
  const target: Label[] = [];
  const [name, space, instance] = ['service.name', 'service.namespace', 'service.instance.id'].map((key) =>
    attributes.get(key),
  );
  if (name !== undefined) target.push(['job', space === undefined ? name : `${space}/${name}`]);
  if (instance !== undefined) target.push(['instance', instance]);
  const copied = new Map([...attributes].filter(([key]) => rules.fromResource(key)));
  return { target, copied, info: infoLabels(attributes, target, rules) };
}

function infoLabels(
  attributes: ReadonlyMap<string, string>,
  target: readonly Label[],
  rules: LabelRules,
): Label[] | undefined {
  if (rules.targetInfo === 'none' || target.length < (rules.targetInfo === 'both' ? 2 : 1)) return undefined;
  const others = [...attributes].filter(([key]) => !identifying.has(key)).sort(compareNames);
  if (others.length === 0) return undefined;
  const joined = joinedLabels(others, rules.names.utf8);
  for (const [label, value] of target) joined.set(label, value);
  // The labels that the pull exporter adds to every series are not added to this one.
  if (rules.collisions === 'join')
    for (const [label, value] of rules.fixed) if (!joined.has(label)) joined.set(label, value);
  const labels = [...joined].filter(([, value]) => !rules.dropEmpty || value !== '');
  return labels.sort(compareNames);
}

/** By the name of the label: the values of all attributes that become it, each once, in the order given. */
export function joinedLabels(attributes: Iterable<Label>, utf8: boolean): Map<string, string> {
  const values = new Map<string, Set<string>>();
  for (const [key, value] of attributes) {
    const name = labelName(key, utf8);
    if (name === undefined) continue;
    const before = values.get(name);
    if (before) before.add(value);
    else values.set(name, new Set([value]));
  }
  return new Map([...values].map(([name, all]) => [name, [...all].join(';')]));
}

/** The attributes as text; of a key that comes twice the first counts. */
export function attributeTexts(view: AttributedView): Map<string, string> {
  const texts = new Map<string, string>();
  for (const attribute = view.attributes(); attribute.next();) {
    const key = attribute.key.toString();
    if (!texts.has(key)) texts.set(key, valueText(attribute.value));
  }
  return texts;
}
