import { ConfigValueError } from '../../component/config-value-error.js';
import type { Signal } from '../../otlp/signal.js';
import type { MatchConfig } from './match-config.js';

type Property = Exclude<keyof MatchConfig, 'match_type' | 'regexp'>;

const properties: Readonly<Record<'traces' | 'logs' | 'metrics', readonly Property[]>> = {
  traces: ['services', 'span_names', 'span_kinds', 'attributes', 'resources', 'libraries'],
  logs: ['log_bodies', 'log_severity_texts', 'log_severity_number', 'attributes', 'resources', 'libraries'],
  metrics: ['metric_names', 'resources'],
};
const all: readonly Property[] = [...new Set(Object.values(properties).flat())];
const items = { traces: 'spans', logs: 'log records', metrics: 'data points' } as const;
const spanKinds = ['INTERNAL', 'CLIENT', 'SERVER', 'CONSUMER', 'PRODUCER'].map((kind) => `SPAN_KIND_${kind}`);

/** Throws a `ConfigValueError` for properties that items of the signal do not have, and where none is set. */
export function checkMatch(config: MatchConfig, signal: Signal, path: readonly string[]): void {
  if (signal === 'profiles') throw new ConfigValueError('profiles cannot be matched', path);
  const own = properties[signal];
  for (const property of all)
    if (isSet(config[property]) && !own.includes(property))
      throw new ConfigValueError(
        `"${property}" does not apply to ${items[signal]}`,
        [...path, property],
        `For ${items[signal]} there are ${own.join(', ')}.`,
      );
  const set = own.filter((property) => isSet(config[property]));
  if (set.length === 0) throw new ConfigValueError(`at least one of ${own.join(', ')} must be set`, path);
  checkType(config, path, set);
  for (const [i, kind] of config.span_kinds.entries())
    if (config.match_type === 'strict' && !spanKinds.includes(kind))
      throw new ConfigValueError(`unknown span kind "${kind}"`, [...path, 'span_kinds', i], {
        given: kind,
        known: spanKinds,
      });
}

/** The number of a severity, and an attribute that is only to be there, are compared with no text. */
function checkType(config: MatchConfig, path: readonly string[], set: readonly Property[]): void {
  const isNeeded = set.some((property) => {
    if (property === 'log_severity_number') return false;
    if (property !== 'attributes' && property !== 'resources') return true;
    return config[property].some(({ value }) => value !== undefined && value !== null);
  });
  checkMatchType(config.match_type, isNeeded, path);
}

/** `isNeeded`: whether texts are compared. Throws a `ConfigValueError` for a type that cannot compare them. */
export function checkMatchType(type: string, isNeeded: boolean, path: readonly string[]): void {
  if (type === 'strict' || type === 'regexp' || (!isNeeded && type === '')) return;
  throw new ConfigValueError(
    type === '' ? 'missing required field "match_type"' : `unsupported match_type "${type}"`,
    type === '' ? path : [...path, 'match_type'],
    'Write strict or regexp.',
  );
}

function isSet(value: MatchConfig[Property]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}
