import { createHash } from 'node:crypto';
import { RE2JS } from 're2js';
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

/** The whole text must match. Throws what is wrong with the pattern. */
export function anchored(regex: string): RE2JS {
  return RE2JS.compile(`^(?s:${regex})$`);
}

/** Throws when the pattern is none. */
export function relabelRule(options: RelabelOptions): RelabelRule {
  const { source_labels: sources, separator, target_label: target, replacement } = options;
  const pattern = anchored(options.regex);
  const matches = (text: string): boolean => pattern.matcher(text).matches();
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
      const name = new Template(replacement);
      return (labels) => {
        for (const [from, value] of [...labels]) {
          const groups = groupsOf(pattern, from);
          if (groups) set(labels, name.expand(groups), value);
        }
        return true;
      };
    }
    case 'replace': {
      const name = new Template(target);
      const value = new Template(replacement);
      return (labels) => {
        const groups = groupsOf(pattern, joined(labels));
        if (!groups) return true;
        const label = name.expand(groups);
        // A name that nothing was put into is no label.
        return isLabelName(label) ? set(labels, label, value.expand(groups)) : true;
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

/** The text of each group by number and by name; undefined when the whole text does not match. */
function groupsOf(pattern: RE2JS, text: string): ReadonlyMap<string, string> | undefined {
  const matcher = pattern.matcher(text);
  if (!matcher.matches()) return undefined;
  const groups = new Map<string, string>();
  for (let i = 0; i <= matcher.groupCount(); i++) groups.set(String(i), matcher.group(i) ?? '');
  for (const [name, i] of Object.entries(pattern.namedGroups())) groups.set(name, groups.get(String(i)) ?? '');
  return groups;
}

/** A text with `$1`, `${1}` and `${name}` in it, as Go's regular expressions expand it. */
export class Template {
  readonly #parts: readonly (string | { readonly group: string })[];

  constructor(text: string) {
    const parts: (string | { group: string })[] = [];
    let at = 0;
    for (const match of text.matchAll(/\$(?:\$|\{(\w+)\}|(\w+))/g)) {
      parts.push(text.slice(at, match.index));
      const group = match[1] ?? match[2];
      parts.push(group === undefined ? '$' : { group });
      at = match.index + match[0].length;
    }
    parts.push(text.slice(at));
    this.#parts = parts;
  }

  expand(groups: ReadonlyMap<string, string>): string {
    return this.#parts.map((part) => (typeof part === 'string' ? part : (groups.get(part.group) ?? ''))).join('');
  }
}
