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

const unitSuffixes: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  By: 'bytes',
  '%': 'percent',
  '1': 'ratio',
};

/** Writes all metrics in the Prometheus text format 0.0.4, families and series in order of their names. */
export function exposition(all: Iterable<MetricFamily>, options: ExpositionOptions): string {
  const lines: string[] = [];
  const families = [...all].filter((family) => family.series.size > 0);
  const named = families
    .map((family) => ({ family, name: familyName(family, options) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  // The families of the endpoint itself, in the order of names among the rest.
  const own = [
    {
      name: 'promhttp_metric_handler_errors_total',
      text: [
        '# HELP promhttp_metric_handler_errors_total Total number of internal errors encountered by the promhttp ' +
          'metric handler.',
        '# TYPE promhttp_metric_handler_errors_total counter',
        'promhttp_metric_handler_errors_total{cause="encoding"} 0',
        'promhttp_metric_handler_errors_total{cause="gathering"} 0',
      ],
    },
    {
      name: 'target_info',
      text: [
        '# HELP target_info Target metadata',
        '# TYPE target_info gauge',
        `target_info${labels(options.resource, {})} 1`,
      ],
    },
  ];
  for (const { family, name } of named) {
    while (own[0] && name > own[0].name) lines.push(...(own.shift()?.text ?? []));
    const { spec } = family;
    const type = spec.kind === 'counter' ? 'counter' : spec.kind === 'histogram' ? 'histogram' : 'gauge';
    lines.push(`# HELP ${name} ${escapeHelp(spec.description)}`, `# TYPE ${name} ${type}`);
    const extra: Record<string, string> = { ...options.constantLabels };
    if (!options.withoutScopeInfo)
      Object.assign(extra, { otel_scope_name: family.scope, otel_scope_schema_url: '', otel_scope_version: '' });
    const rows = [...family.series.values()]
      .map((series) => ({ series, text: labels(series.attributes, extra) }))
      .sort((a, b) => (a.text < b.text ? -1 : 1));
    for (const { series, text } of rows) writeSeries(lines, name, series, text, spec.boundaries ?? defaultBoundaries);
  }
  for (const { text } of own) lines.push(...text);
  return `${lines.join('\n')}\n`;
}

function writeSeries(lines: string[], name: string, series: Series, text: string, boundaries: readonly number[]): void {
  if (series.kind === 'number') {
    lines.push(`${name}${text} ${number(series.read())}`);
    return;
  }
  const inner = text === '' ? '' : `${text.slice(1, -1)},`;
  let sum = 0;
  boundaries.forEach((boundary, i) => {
    sum += series.counts[i] ?? 0;
    lines.push(`${name}_bucket{${inner}le="${number(boundary)}"} ${sum}`);
  });
  lines.push(
    `${name}_bucket{${inner}le="+Inf"} ${series.count}`,
    `${name}_sum${text} ${number(series.sum)}`,
    `${name}_count${text} ${series.count}`,
  );
}

function familyName(family: MetricFamily, options: ExpositionOptions): string {
  const { spec } = family;
  let name = sanitize(spec.name);
  // If one of the two flags is off, both kinds of suffix appear, as in the Collector.
  const withoutSuffixes = options.withoutUnits && options.withoutTypeSuffix;
  if (!withoutSuffixes) {
    const suffix = unitSuffixes[spec.unit];
    if (suffix !== undefined && !(spec.unit === '1' && spec.kind !== 'gauge') && !name.endsWith(`_${suffix}`))
      name += `_${suffix}`;
  }
  if (!withoutSuffixes && spec.kind === 'counter' && !name.endsWith('_total')) name += '_total';
  return name;
}

function labels(
  attributes: Readonly<Record<string, string | number | boolean>>,
  extra: Readonly<Record<string, string>>,
): string {
  const pairs = [...Object.entries(attributes), ...Object.entries(extra)]
    .map(([key, value]) => [sanitize(key), String(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? '' : `{${pairs.map(([key, value]) => `${key}="${escapeLabel(value)}"`).join(',')}}`;
}

const sanitize = (name: string): string => name.replace(/[^a-zA-Z0-9_:]/g, '_');
const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const escapeHelp = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

/** Numbers as Go's client writes them. */
function number(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (Number.isNaN(value)) return 'NaN';
  const magnitude = Math.abs(value);
  // Go's shortest form: an exponent of at least two digits below 1e-4 and from 1e21 on.
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e21))
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return magnitude >= 1e6 && magnitude < 1e21 ? goExponent(value) : String(value);
}

/** Prometheus' writer in Go switches to an exponent at 1e6; Go itself only at 1e21. */
function goExponent(value: number): string {
  return value.toExponential().replace(/e\+(\d)$/, 'e+0$1');
}
