import { writeValueAttribute } from '../../aggregation/write-attributes.js';
import type { Values } from '../../aggregation/values.js';
import type { Batch } from '../../otlp/batch.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import { key, type Key } from '../../otlp/view/key.js';
import { at32 } from '../../otlp/wire/at.js';
import { connectionNames, virtualNames } from './connection.js';
import { count, groups, kindOfGroup, type Histograms, type EdgeSeries } from './edge-series.js';
import type { Gated } from './gates.js';

/** Series of one batch: with their four points each some hundred KiB, and a few milliseconds of work. */
const seriesAtOnce = 512;
const scope = 'traces_service_graph';

export interface PagesParts {
  readonly series: EdgeSeries;
  readonly values: Values;
  readonly client: Histograms;
  readonly server: Histograms;
  readonly exponential: boolean;
  readonly gated: Gated;
  readonly dimensions: readonly string[];
  /** The label `virtual_node` is wanted. */
  readonly virtualLabel: boolean;
  /** The label `collector.instance.id`; '' for none. */
  readonly instanceId: string;
  /** Taken off all times, milliseconds. */
  readonly offsetMs: number;
}

/** Makes the metrics of all series, some of them in each batch. Series must not be removed before the last one. */
export class Pages {
  readonly #parts: PagesParts;
  readonly #columns: readonly Key[];
  readonly #rows: Int32Array = new Int32Array(seriesAtOnce);
  #group = groups + 1;
  /** The row that follows; -1 at the end of the group. */
  #row = -1;
  #unixMs = 0;

  constructor(parts: PagesParts) {
    this.#parts = parts;
    const dimensions = parts.dimensions.flatMap((name) => [`client_${name}`, `server_${name}`]);
    this.#columns = ['client', 'server', ...dimensions].map(key);
  }

  /** Begins with the first series; the points are of `unixMs`. */
  begin(unixMs: number): void {
    this.#unixMs = unixMs - this.#parts.offsetMs;
    this.#group = 0;
    this.#row = this.#parts.series.table.firstOf(0);
  }

  get atEnd(): boolean {
    return this.#group > groups;
  }

  /** The next batch; undefined behind the last series. */
  next(): Batch | undefined {
    let rows = 0;
    let failed = false;
    const { series } = this.#parts;
    while (rows < seriesAtOnce && this.#advance()) {
      this.#rows[rows++] = this.#row;
      failed ||= series.counts.get(this.#row, count.failed) > 0;
      this.#row = series.table.nextOf(this.#row);
    }
    return rows === 0 ? undefined : this.#build(rows, failed);
  }

  /** Moves to a row; false behind the last one. */
  #advance(): boolean {
    while (this.#row < 0) {
      if (++this.#group > groups) return false;
      this.#row = this.#parts.series.table.firstOf(this.#group);
    }
    return true;
  }

  #build(rows: number, failed: boolean): Batch {
    const { client, server, gated } = this.#parts;
    const metrics = new MetricBuilder();
    metrics.resource().scope(scope);
    this.#counts(metrics, 'traces_service_graph_request_total', rows, count.edges);
    if (failed) this.#counts(metrics, 'traces_service_graph_request_failed_total', rows, count.failed);
    this.#latencies(metrics, gated.serverLatency, rows, server);
    if (gated.clientLatency !== undefined) this.#latencies(metrics, gated.clientLatency, rows, client);
    return metrics.finish();
  }

  #counts(metrics: MetricBuilder, name: string, rows: number, field: number): void {
    const { counts } = this.#parts.series;
    metrics.metric(name).sum('cumulative', true);
    for (let i = 0; i < rows; i++) {
      const row = at32(this.#rows, i);
      const value = counts.get(row, field);
      if (value === 0) continue;
      this.#point(metrics, row).int(value);
      this.#labels(metrics, row);
    }
  }

  #latencies(metrics: MetricBuilder, name: string, rows: number, histograms: Histograms): void {
    metrics.metric(name, this.#parts.gated.unit);
    if (this.#parts.exponential) metrics.exponentialHistogram('cumulative');
    else metrics.histogram('cumulative');
    for (let i = 0; i < rows; i++) {
      const row = at32(this.#rows, i);
      this.#point(metrics, row);
      histograms.write(row, metrics);
      this.#labels(metrics, row);
    }
  }

  #point(metrics: MetricBuilder, row: number): MetricBuilder {
    const { series, offsetMs } = this.#parts;
    const start = series.counts.get(row, count.start) - offsetMs;
    // A series may have begun since, or the time of day was set back.
    return metrics.point(Math.max(this.#unixMs, start)).start(start);
  }

  #labels(metrics: MetricBuilder, row: number): void {
    const { series, values, virtualLabel, instanceId } = this.#parts;
    const { table } = series;
    if (row === series.overflow) metrics.attribute('otel.metric.overflow', true);
    else {
      const { connection, failed, side } = kindOfGroup(table.groupOf(row));
      writeValueAttribute(table.shownAt(row, 0), this.#columns[0], values, metrics);
      writeValueAttribute(table.shownAt(row, 1), this.#columns[1], values, metrics);
      metrics.attribute('connection_type', connectionNames[connection] ?? '').attribute('failed', failed);
      for (let i = 2; i < this.#columns.length; i++)
        writeValueAttribute(table.shownAt(row, i), this.#columns[i], values, metrics);
      if (virtualLabel) metrics.attribute('virtual_node', virtualNames[side] ?? '');
    }
    if (instanceId !== '') metrics.attribute('collector.instance.id', instanceId);
  }
}
