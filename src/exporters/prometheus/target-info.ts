import type { PointView } from '../../otlp/view/points.js';
import { encodeLabels, type Label } from '../../prometheus/labels.js';
import { hasNoSeries } from '../../prometheus/label-rules.js';
import type { ResourceNames } from '../../prometheus/resource-names.js';
import type { PageSeries } from './page-series.js';
import type { SeriesStore } from './series-store.js';

const help = 'Target metadata';

/** Keeps one series `target_info` for each job and instance, with the attributes of the resource that came last. */
export class TargetInfo {
  readonly #store: SeriesStore;
  readonly #name: string;
  /** By job and instance: its series, and the number of the resource that its labels are of. */
  readonly #targets: Map<string, { readonly series: PageSeries; readonly resource: number }> = new Map();
  #resource = -1;
  #series: PageSeries | undefined;

  constructor(store: SeriesStore, namespace: string) {
    this.#store = store;
    this.#name = namespace === '' ? 'target_info' : `${namespace}_target_info`;
  }

  /** A point of a resource has come. */
  see(resource: ResourceNames, point: PointView, now: number): void {
    if (!resource.info) return;
    if (resource.id !== this.#resource || this.#series?.gone !== false) {
      this.#resource = resource.id;
      this.#series = this.#seriesOf(resource, resource.info);
    }
    const series = this.#series;
    if (!series) return;
    series.seen = now;
    // The target lives as long as its points bring news.
    if (series.filled && !point.timeUnixNano.isZero && series.time.compare(point.timeUnixNano) >= 0) return;
    if (!series.filled || series.expired) series.data = { kind: 'number', value: 1 };
    series.filled = true;
    series.time.set(point.timeUnixNano);
    this.#store.touch(series, now);
  }

  #seriesOf({ id, target }: ResourceNames, info: readonly Label[]): PageSeries | undefined {
    const key = encodeLabels(target).toString('latin1');
    const known = this.#targets.get(key);
    if (known && !known.series.gone) {
      if (known.resource === id) return known.series;
      this.#store.remove(known.series);
    }
    const series = this.#store.series(this.#name, 'gauge', help, info);
    if (hasNoSeries(series)) return undefined;
    if (this.#targets.size > this.#store.size * 2 + 16) this.#forget();
    this.#targets.set(key, { series, resource: id });
    return series;
  }

  /** Those whose series has expired. */
  #forget(): void {
    for (const [key, { series }] of this.#targets) if (series.gone) this.#targets.delete(key);
  }
}
