import { ConfigValueError } from '../../component/config-value-error.js';
import { ByteTable, hashOfKey, type ByteEntry } from '../../otlp/keys/byte-table.js';
import type { MetricType, MetricView } from '../../otlp/view/metric.js';
import { pattern, PatternError, type Pattern } from '../../pattern/pattern.js';
import type { Config, MetricFilterConfig } from './config.js';

const typeNames: Readonly<Record<string, MetricType>> = {
  sum: 'sum',
  histogram: 'histogram',
  exponentialhistogram: 'exponentialHistogram',
  exponential_histogram: 'exponentialHistogram',
};

/** The metrics that `include` names, or all, without those that `exclude` names. */
export class MetricFilter {
  readonly #include: Side;
  readonly #exclude: Side;

  /** Throws a `ConfigValueError` for a pattern that cannot be used. */
  constructor({ include, exclude }: Pick<Config, 'include' | 'exclude'>) {
    this.#include = new Side(include, 'include');
    this.#exclude = new Side(exclude, 'exclude');
  }

  takes(metric: MetricView): boolean {
    return this.#include.allows(metric) && !this.#exclude.names(metric);
  }
}

/** Names and kinds of metrics. */
class Side {
  readonly #names: ByteTable<ByteEntry> | undefined;
  readonly #patterns: readonly Pattern[] | undefined;
  readonly #types: ReadonlySet<MetricType>;

  constructor({ match_type: matchType, metrics, metric_types: types }: MetricFilterConfig, side: string) {
    if (matchType === 'strict') this.#names = tableOf(metrics);
    if (matchType === 'regexp') this.#patterns = metrics.map((source, i) => compiled(source, [side, 'metrics', i]));
    this.#types = new Set(types.flatMap((name) => typeNames[name.toLowerCase()] ?? []));
  }

  /** Whether a metric passes: where nothing is named, all do. */
  allows(metric: MetricView): boolean {
    return (!this.#hasNames || this.#hasName(metric)) && (this.#types.size === 0 || this.#types.has(metric.type));
  }

  /** Whether a metric is named, by its name or by its kind. */
  names(metric: MetricView): boolean {
    return this.#hasName(metric) || this.#types.has(metric.type);
  }

  get #hasNames(): boolean {
    return this.#names !== undefined || this.#patterns !== undefined;
  }

  #hasName({ name: { bytes, start, end } }: MetricView): boolean {
    if (this.#names) return this.#names.find(bytes, start, end, hashOfKey(bytes, start, end)) !== undefined;
    return this.#patterns?.some((one) => one.testBytes(bytes, start, end)) === true;
  }
}

function tableOf(names: readonly string[]): ByteTable<ByteEntry> {
  const table = new ByteTable<ByteEntry>();
  for (const name of new Set(names)) {
    const key = Buffer.from(name);
    table.add({ hash: hashOfKey(key, 0, key.length), key, chained: undefined });
  }
  return table;
}

function compiled(source: string, path: readonly (string | number)[]): Pattern {
  try {
    return pattern(source);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ConfigValueError(error.message, path);
  }
}
