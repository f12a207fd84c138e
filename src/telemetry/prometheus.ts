import { escapeName } from '../prometheus/escaping.js';
import type { ExposedSeries, FamilyType, PointData } from '../prometheus/exposed.js';
import { labelName } from '../prometheus/label-name.js';
import { encodeLabels, type Label } from '../prometheus/labels.js';
import { prometheusName } from '../prometheus/prometheus-name.js';
import { PageBuffer } from '../prometheus/page-buffer.js';
import { nameRules } from '../prometheus/strategy.js';
import { PageTextWriter } from '../prometheus/text-writer.js';
import type { MetricFamily } from './registry.js';
import { defaultBoundaries, type Series } from './series.js';

/** The flags of a Prometheus reader (docs/spec/core.md#own-prometheus). */
export interface ExpositionOptions {
  readonly withoutTypeSuffix: boolean;
  readonly withoutUnits: boolean;
  readonly withoutScopeInfo: boolean;
  /** Resource attributes that become labels of every series. */
  readonly constantLabels: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly version: string;
}

interface Row {
  readonly labels: readonly Label[];
  readonly data: PointData;
}

interface Shown {
  readonly name: string;
  readonly type: FamilyType;
  readonly help: string;
  readonly rows: readonly Row[];
}

/** Writes all metrics in the Prometheus text format 0.0.4, families and series in order of their names. */
export function exposition(all: Iterable<MetricFamily>, options: ExpositionOptions): string {
  const out = new PageBuffer();
  const writer = new PageTextWriter(out, { openMetrics: false, escaping: 'underscores', timestamps: false });
  const families = [...all].filter((family) => family.series.size > 0).map((family) => shown(family, options));
  for (const { rows, ...family } of [...families, ...ownFamilies(options)].sort(byName)) {
    writer.family(family);
    for (const { labels, data } of rows) writer.series(exposed(labels, data));
  }
  writer.end();
  return out.take().toString();
}

const byName = (a: Shown, b: Shown): number => (a.name < b.name ? -1 : 1);

/** The families of the endpoint itself. */
function ownFamilies({ resource }: ExpositionOptions): Shown[] {
  return [
    {
      name: 'promhttp_metric_handler_errors_total',
      type: 'counter',
      help: 'Total number of internal errors encountered by the promhttp metric handler.',
      rows: ['encoding', 'gathering'].map((cause) => ({
        labels: [['cause', cause]],
        data: { kind: 'number', value: 0 },
      })),
    },
    {
      name: 'target_info',
      type: 'gauge',
      help: 'Target metadata',
      rows: [{ labels: labelsOf(resource, {}), data: { kind: 'number', value: 1 } }],
    },
  ];
}

function shown(family: MetricFamily, options: ExpositionOptions): Shown {
  const { spec } = family;
  const extra: Record<string, string> = { ...options.constantLabels };
  if (!options.withoutScopeInfo)
    Object.assign(extra, { otel_scope_name: family.scope, otel_scope_schema_url: '', otel_scope_version: '' });
  const boundaries = Float64Array.from(spec.boundaries ?? defaultBoundaries);
  const rows = [...family.series.values()].map((series): Row & { readonly order: string } => {
    const labels = labelsOf(series.attributes, extra);
    return { labels, data: dataOf(series, boundaries), order: labels.map((label) => label.join('="')).join('",') };
  });
  return {
    name: familyName(family, options),
    type: spec.kind === 'counter' || spec.kind === 'histogram' ? spec.kind : 'gauge',
    help: spec.description,
    rows: rows.sort((a, b) => (a.order < b.order ? -1 : 1)),
  };
}

function dataOf(series: Series, bounds: Float64Array): PointData {
  if (series.kind === 'number') return { kind: 'number', value: series.read() };
  const { count, sum, counts } = series;
  return { kind: 'histogram', count, sum, bounds, counts: Float64Array.from(counts) };
}

function exposed(labels: readonly Label[], data: PointData): ExposedSeries {
  return { labels: encodeLabels(labels), data, timeMs: undefined, startMs: undefined, exemplars: [] };
}

function familyName({ spec }: MetricFamily, options: ExpositionOptions): string {
  // If one of the two flags is off, both kinds of suffix appear, as in the Collector.
  const without = options.withoutUnits && options.withoutTypeSuffix;
  // Names of our own are made for Prometheus: words in them stay where they are.
  const rules = nameRules(without ? 'NoTranslation' : 'NoUTF8EscapingWithSuffixes', '');
  const type = spec.kind === 'counter' || spec.kind === 'gauge' ? spec.kind : 'other';
  return escapeName(prometheusName(spec.name, spec.unit, type, rules) ?? spec.name, 'underscores');
}

function labelsOf(
  attributes: Readonly<Record<string, string | number | boolean>>,
  extra: Readonly<Record<string, string>>,
): Label[] {
  return [...Object.entries(attributes), ...Object.entries(extra)]
    .map(([key, value]): Label => [labelName(key, false) ?? '_', String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
