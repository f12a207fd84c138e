import { isAlias, parseDocument, visit } from 'yaml';
import type { TargetGroup } from '../target/target.js';

/** Bytes of the largest list of targets. YAML takes far longer to read than JSON. */
export const mostJson: number = 4 << 20;
export const mostYaml: number = 256 << 10;

/** Reads a list of `{targets, labels}` in JSON. Throws what is wrong with it. */
export function groupsOfJson(text: string): TargetGroup[] {
  return groupsOf(JSON.parse(text) as unknown);
}

/** Reads a list of `{targets, labels}` in YAML. Throws what is wrong with it. */
export function groupsOfYaml(text: string): TargetGroup[] {
  const document = parseDocument(text, { schema: 'core' });
  const [error] = document.errors;
  if (error) throw new Error(error.message.split('\n')[0]);
  visit(document, (_, node) => {
    // A few lines of them can stand for more than memory holds.
    if (isAlias(node)) throw new Error('aliases are not supported in a list of targets');
  });
  return groupsOf(document.toJS());
}

function groupsOf(value: unknown): TargetGroup[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new Error('a list of target groups was expected');
  return value.map((each, i) => groupOf(each, i));
}

function groupOf(value: unknown, i: number): TargetGroup {
  const wrong = (what: string): Error => new Error(`target group ${i}: ${what}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('a map was expected');
  const targets: unknown = 'targets' in value ? (value.targets ?? []) : [];
  const labels: unknown = 'labels' in value ? (value.labels ?? {}) : {};
  for (const key of Object.keys(value))
    if (key !== 'targets' && key !== 'labels') throw wrong(`unknown key ${JSON.stringify(key)}`);
  if (!Array.isArray(targets) || !targets.every((target) => typeof target === 'string'))
    throw wrong('targets must be a list of texts');
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) throw wrong('labels must be a map');
  const texts = Object.entries(labels).map(([name, text]): [string, string] => {
    if (typeof text === 'object' && text !== null) throw wrong(`label ${JSON.stringify(name)} must be a text`);
    return [name, String(text ?? '')];
  });
  return { targets, labels: Object.fromEntries(texts) };
}
