import { createHash } from 'node:crypto';
import { pattern } from '../../../pattern/pattern.js';
import { expandTemplate, readTemplate } from '../../../pattern/template.js';
import type { LabelMap } from '../parse/metric.js';

export const relabelActions = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;
export type RelabelAction = (typeof relabelActions)[number];

/** One step of a relabelling, as it is configured. */
export interface RelabelOptions {
  readonly source_labels: readonly string[];
  readonly separator: string;
  readonly regex: string;
  readonly modulus: number;
  readonly target_label: string;
  readonly replacement: string;
  readonly action: string;
}

/** Changes labels in place; false when what has them is dropped. An empty value is as no label. */
export type RelabelRule = (labels: LabelMap) => boolean;

/** The pattern that a whole text must match. */
export function anchored(regex: string): string {
  return `^(?s:${regex})$`;
}

/** Throws when the pattern is none. */
export function relabelRule(options: RelabelOptions): RelabelRule {
  const { source_labels: sources, separator, target_label: target, replacement } = options;
  const regex = pattern(anchored(options.regex));
  const matches = (text: string): boolean => regex.test(text);
  const joined = (labels: LabelMap): string => sources.map((name) => labels.get(name) ?? '').join(separator);
  switch (options.action.toLowerCase() as RelabelAction) {
    case 'keep':
      return (labels) => matches(joined(labels));
    case 'drop':
      return (labels) => !matches(joined(labels));
    case 'keepequal':
      return (labels) => (labels.get(target) ?? '') === joined(labels);
    case 'dropequal':
      return (labels) => (labels.get(target) ?? '') !== joined(labels);
    case 'lowercase':
      return (labels) => set(labels, target, joined(labels).toLowerCase());
    case 'uppercase':
      return (labels) => set(labels, target, joined(labels).toUpperCase());
    case 'hashmod':
      return (labels) => set(labels, target, String(hashmod(joined(labels), options.modulus)));
    case 'labeldrop':
      return (labels) => removeNames(labels, matches);
    case 'labelkeep':
      return (labels) => removeNames(labels, (name) => !matches(name));
    case 'labelmap': {
      const name = readTemplate(replacement, regex.groupNames);
      return (labels) => {
        for (const [from, value] of [...labels]) {
          const match = regex.find(from);
          if (match) set(labels, expandTemplate(name, match.groups), value);
        }
        return true;
      };
    }
    case 'replace': {
      const name = readTemplate(target, regex.groupNames);
      const value = readTemplate(replacement, regex.groupNames);
      return (labels) => {
        const groups = regex.find(joined(labels))?.groups;
        if (!groups) return true;
        const label = expandTemplate(name, groups);
        // A name that nothing was put into is no label.
        return isLabelName(label) ? set(labels, label, expandTemplate(value, groups)) : true;
      };
    }
  }
}

/** Runs the rules in order. */
export function relabel(labels: LabelMap, rules: readonly RelabelRule[]): boolean {
  return rules.every((rule) => rule(labels));
}

/** Names of any characters are labels, as with Prometheus 3. */
function isLabelName(name: string): boolean {
  return name !== '';
}

function set(labels: LabelMap, name: string, value: string): true {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
  return true;
}

function removeNames(labels: LabelMap, remove: (name: string) => boolean): true {
  for (const name of [...labels.keys()]) if (remove(name)) labels.delete(name);
  return true;
}

/** The last eight bytes of the MD5 sum, modulo. */
export function hashmod(text: string, modulus: number): number {
  const sum = createHash('md5').update(text).digest();
  return Number(sum.readBigUInt64BE(8) % BigInt(modulus));
}
