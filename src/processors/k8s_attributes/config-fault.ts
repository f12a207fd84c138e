import type { Report } from '../../component/schema/schema.js';
import type { Config, TagConfig } from './config.js';
import { metadataNames } from './extract/metadata-names.js';

/** Sources that one association can have, as in the Collector. */
const mostSources = 4;
const labelOperators: ReadonlySet<string> = new Set(['equals', 'not-equals', 'exists', 'does-not-exist']);
const fieldOperators: ReadonlySet<string> = new Set(['equals', 'not-equals']);

/** Reports what is wrong with the options, in the Collector's words where it has some. */
export function checkPodOptions(config: Config, report: Report): void {
  const known: ReadonlySet<string> = new Set(metadataNames);
  for (const [i, name] of config.extract.metadata.entries())
    if (!known.has(name))
      report(
        `${JSON.stringify(name)} is not a supported metadata field`,
        ['extract', 'metadata', i],
        undefined,
        `Such as ${nearest(name)}; the README of the processor lists all.`,
      );
  for (const [i, { sources }] of config.pod_association.entries()) {
    const at = ['pod_association', i, 'sources'];
    if (sources.length === 0) report('association has no sources', at, undefined, 'Give at least one.');
    if (sources.length > mostSources)
      report(`too many association sources. limit is ${mostSources}`, at, undefined, 'Leave some out.');
    for (const [j, { from, name }] of sources.entries())
      if (from === 'resource_attribute' && name === '')
        report('the source names no attribute', [...at, j], undefined, 'Give `name: k8s.pod.uid` or another one.');
  }
  for (const what of ['labels', 'annotations'] as const)
    for (const [i, tag] of config.extract[what].entries()) checkTag(tag, ['extract', what, i], report);
  checkFilters(config.filter.labels, ['filter', 'labels'], labelOperators, report);
  checkFilters(config.filter.fields, ['filter', 'fields'], fieldOperators, report);
  if (config.filter.node !== '' && config.filter.node_from_env_var !== '')
    report('only one of `node` and `node_from_env_var` can be set', ['filter'], undefined, 'Keep one.');
}

function checkTag({ key, key_regex }: TagConfig, path: readonly (string | number)[], report: Report): void {
  if ((key === '') === (key_regex === ''))
    report(
      key === ''
        ? 'either key or key_regex must be set'
        : 'Out of Key or KeyRegex only one option is expected to be configured at a time',
      path,
      undefined,
      'Give the one that is meant.',
    );
}

function checkFilters(
  filters: Config['filter']['labels'],
  path: readonly string[],
  operators: ReadonlySet<string>,
  report: Report,
): void {
  for (const [i, { key, op }] of filters.entries()) {
    if (key === '') report('the filter has no key', [...path, i], undefined, 'Give `key`.');
    if (!operators.has(op))
      report(
        `'${op}' is not a valid filter operation for key=${key}`,
        [...path, i, 'op'],
        undefined,
        `One of ${[...operators].join(', ')}.`,
      );
  }
}

/** The name that shares most of its parts. */
function nearest(name: string): string {
  const parts = new Set(name.toLowerCase().split(/[._]/));
  const shared = (other: string): number => other.split(/[._]/).filter((part) => parts.has(part)).length;
  return metadataNames.reduce((best, other) => (shared(other) > shared(best) ? other : best));
}
