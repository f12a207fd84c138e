import { at32 } from '../../../otlp/wire/at.js';
import { attributesFor } from '../../../otlp/build/builder.js';
import { ExpositionFault } from '../parse/fault.js';
import { nameLabel, type LabelMap } from '../parse/metric.js';
import { NumberReader } from '../parse/numbers.js';
import { relabel, type RelabelRule } from '../relabel/rule.js';
import type { Resolved, Role } from './families.js';
import { mostBuckets } from './groups.js';
import { lineKinds } from './lines.js';
import { isScopeLabel, scopeOf, type MetricForm } from './registry.js';
import { addTargetLabels, checkLimits, type SampleLimits } from './sample-labels.js';
import type { ScrapeStore } from './store.js';

/** How the samples of a target become series. */
export interface SampleRules {
  /** The labels of the target: its own and those that relabelling gave it, `job` and `instance` among them. */
  readonly target: LabelMap;
  readonly externalLabels: LabelMap;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestamps: boolean;
  readonly relabel: readonly RelabelRule[];
  readonly limits: SampleLimits;
}

const messages = {
  gauge: 'NumberDataPoint',
  counter: 'NumberDataPoint',
  state: 'NumberDataPoint',
  histogram: 'HistogramDataPoint',
  exponential: 'ExponentialHistogramDataPoint',
  summary: 'SummaryDataPoint',
} as const;

const never: ReadonlySet<string> = new Set([nameLabel, 'job', 'instance', '__scheme__', '__metrics_path__']);
const boundLabels: Readonly<Partial<Record<MetricForm, string>>> = { histogram: 'le', summary: 'quantile' };
const kindOfRole: Readonly<Record<Role, number>> = {
  value: lineKinds.value,
  count: lineKinds.count,
  sum: lineKinds.sum,
  created: lineKinds.created,
  bucket: lineKinds.bucket,
  native: lineKinds.native,
};
const numbers: NumberReader = new NumberReader();

/** Finds the point that the samples of a line belong to, once per line. */
export class LineResolver {
  readonly #store: ScrapeStore;
  readonly #rules: SampleRules;

  constructor(store: ScrapeStore, rules: SampleRules) {
    this.#store = store;
    this.#rules = rules;
  }

  /** Reads what the labels of a line mean. Throws an `ExpositionFault`. */
  resolve(line: number, labels: LabelMap, native: boolean): void {
    const { target, honorLabels, relabel: rules, limits } = this.#rules;
    addTargetLabels(labels, target, honorLabels);
    for (const [name, value] of labels) if (value === '') labels.delete(name);
    if (!relabel(labels, rules)) {
      this.#store.lines.setKind(line, lineKinds.dropped);
      return;
    }
    if (!labels.has(nameLabel)) throw new ExpositionFault('metric name label is missing after relabeling');
    checkLimits(labels, limits);
    this.settle(line, labels, native);
  }

  /** Finds the point that the sample of a line with these labels belongs to. */
  settle(line: number, labels: LabelMap, native: boolean): void {
    const { lines, registry, groups, buckets, infos } = this.#store;
    const { target, externalLabels } = this.#rules;
    for (const [name, value] of externalLabels) labels.set(name, value);
    const name = labels.get(nameLabel) ?? '';
    const resource = registry.resource(
      labels.get('job') ?? target.get('job') ?? '',
      labels.get('instance') ?? target.get('instance') ?? '',
    );
    if (name === 'target_info') {
      const before = lines.lastKindOf(line) === lineKinds.info ? at32(lines.target, line) : infos.length;
      lines.setKind(line, lineKinds.info);
      lines.target[line] = before;
      infos[before] = { resource, labels };
      return;
    }
    const resolved = native ? this.#native(name) : this.#store.families.resolve(name);
    const form = resolved && formOf(resolved);
    const bound = resolved?.role === 'bucket' ? boundOf(labels, form) : 0;
    if (!resolved || !form || Number.isNaN(bound)) {
      lines.setKind(line, lineKinds.unusable);
      return;
    }
    const metric = registry.metric(registry.scope(resource, scopeOf(labels)), resolved.family, form, resolved.metadata);
    const group = this.#store.point(metric, attributesFor(messages[form], attributesOf(labels, form)));
    lines.target[line] = group;
    lines.setKind(line, kindOfRole[resolved.role]);
    if (resolved.role !== 'bucket') return;
    const bucket = buckets.of(groups, group, bound);
    if (bucket < 0) throw new ExpositionFault(`a ${form} has more than ${mostBuckets} parts`);
    lines.bucket[line] = bucket;
  }

  #native(name: string): Resolved | undefined {
    const metadata = this.#store.families.get(name);
    return metadata && { family: name, metadata, role: 'native' };
  }
}

function formOf({ metadata, role }: Resolved): MetricForm | undefined {
  if (role === 'native') return 'exponential';
  switch (metadata.type) {
    case 'counter':
      return 'counter';
    case 'info':
    case 'stateset':
      return 'state';
    case 'histogram':
    case 'summary':
      return metadata.type;
    case 'gaugehistogram':
      return undefined;
    default:
      return 'gauge';
  }
}

/** The bound of a bucket or quantile; NaN when its label is none. */
function boundOf(labels: LabelMap, form: MetricForm | undefined): number {
  const text = Buffer.from(labels.get((form && boundLabels[form]) ?? '') ?? '');
  return text.length === 0 ? Number.NaN : numbers.read(text, 0, text.length);
}

function attributesOf(labels: LabelMap, form: MetricForm): [string, string][] {
  const bound = boundLabels[form];
  return [...labels]
    .filter(([name, value]) => value !== '' && name !== bound && !never.has(name) && !isScopeLabel(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
