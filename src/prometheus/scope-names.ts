import type { ByteEntry } from '../otlp/keys/byte-table.js';
import type { ScopeView } from '../otlp/view/resource.js';
import type { LabelRules } from './label-rules.js';
import type { Label } from './labels.js';
import { attributeTexts } from './resource-names.js';

/** Attributes with these names would hide the properties of the scope. */
const own: ReadonlySet<string> = new Set(['name', 'version', 'schema_url']);

/** The labels that a scope gives to its series, made once for equal scopes. */
export interface ScopeNames extends ByteEntry {
  readonly id: number;
  /** Attributes of the scope with the key that they have as attributes of a point. */
  readonly attributes: readonly Label[];
  /** Name, version and schema URL, as labels. */
  readonly labels: readonly Label[];
}

export function scopeNames(
  scope: ScopeView,
  schemaUrl: string,
  rules: LabelRules,
): Omit<ScopeNames, keyof ByteEntry | 'id'> {
  if (rules.scope === 'none') return { attributes: [], labels: [] };
  const attributes = [...attributeTexts(scope)]
    .filter(([key]) => !own.has(key))
    .map(([key, value]): Label => [`otel_scope_${key}`, value]);
  const name: Label = ['otel_scope_name', scope.name.toString()];
  const version: Label = ['otel_scope_version', scope.version.toString()];
  const labels: Label[] =
    rules.scope === 'all'
      ? [name, version, ['otel_scope_schema_url', schemaUrl]]
      : [name, version].filter(([, value]) => value !== '');
  return { attributes, labels };
}
