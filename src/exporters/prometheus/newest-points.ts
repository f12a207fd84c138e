import type { Clock } from '../../component/clock.js';
import type { Batch } from '../../otlp/batch.js';
import {
  ExponentialHistogramPointView,
  HistogramPointView,
  NumberPointView,
  SummaryPointView,
} from '../../otlp/view/points.js';
import { pieceBytes, type InPieces } from '../../otlp/work.js';
import { keepExemplars } from '../../prometheus/exemplars.js';
import { hasNoSeries, type LabelRules } from '../../prometheus/label-rules.js';
import { isTooLarge } from '../../prometheus/point-bound.js';
import { NameCaches, PointCursor } from '../../prometheus/point-cursor.js';
import type { NotShown, PointOutcome } from './outcome.js';
import type { PageSeries } from './page-series.js';
import type { SeriesStore } from './series-store.js';
import { takeHistogram } from './take-histogram.js';
import { takeNative } from './take-native.js';
import { takeNumber } from './take-number.js';
import { takeSummary } from './take-summary.js';
import { TargetInfo } from './target-info.js';

/** Bytes that the names of resources, of scopes and of metrics may take, each. */
const cacheBytes = 4 << 20;
/** The flag of a point that records that there is no value. */
const noRecordedValue = 1;
const delta = 1;

/** Called for each point that is not on the page. */
export type NotShownListener = (reason: NotShown, metric: string) => void;

/** Puts the points of batches on the page: the newest of each series, and the sum of deltas. */
export class NewestPoints {
  readonly #store: SeriesStore;
  readonly #clock: Clock;
  readonly #cursor: PointCursor<PageSeries>;
  readonly #target: TargetInfo;
  readonly #resize: (series: PageSeries, bytes: number) => boolean;

  constructor(store: SeriesStore, rules: LabelRules, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#resize = (series, bytes) => store.resize(series, bytes);
    const caches = new NameCaches<PageSeries>(rules, cacheBytes, store.streams, (metric, name, labels) =>
      store.series(name, metric.type, metric.help, labels),
    );
    this.#cursor = new PointCursor(caches);
    this.#target = new TargetInfo(store, rules.names.namespace);
  }

  /** Takes the points of a batch, in pieces; one batch at a time. Returns how many are on the page. */
  *taking(batch: Batch, notShown: NotShownListener): InPieces<number> {
    const cursor = this.#cursor;
    let stored = 0;
    let piece = 0;
    try {
      for (cursor.open(batch); cursor.next();) {
        const outcome = this.#take(cursor);
        if (outcome === 'stored') stored++;
        else notShown(outcome, cursor.metric.sent);
        piece += cursor.point.end - cursor.point.start + 256;
        if (piece < pieceBytes) continue;
        piece = 0;
        yield;
      }
    } finally {
      cursor.close();
    }
    return stored;
  }

  #take(cursor: PointCursor<PageSeries>): PointOutcome {
    const { metric, point } = cursor;
    const isDelta = metric.temporality === delta;
    if (metric.kind === 'empty') return 'no_data';
    if (metric.kind === 'sum' && isDelta && !metric.monotonic) return 'delta_not_monotonic';
    if (metric.temporality === 0 && metric.kind !== 'gauge' && metric.kind !== 'summary') return 'no_temporality';
    const series = cursor.series();
    this.#target.see(cursor.resource, point, this.#clock.now());
    if (hasNoSeries(series)) return series;
    if ((point.flags & noRecordedValue) !== 0) {
      this.#store.remove(series);
      return 'stored';
    }
    const now = this.#clock.now();
    const isNewer = !series.filled || point.timeUnixNano.isZero || series.time.compare(point.timeUnixNano) < 0;
    series.seen = now;
    if (series.expired) {
      if (!isNewer) return 'expired';
      // It begins anew.
      series.filled = false;
    }
    const outcome = this.#takeInto(series, cursor, isDelta);
    if (outcome === 'stored') {
      // A point that is sent again and again with its old time does not keep its series alive.
      if (isNewer) this.#store.touch(series, now);
      series.filled = true;
    } else if (!series.filled) this.#store.remove(series);
    return outcome;
  }

  #takeInto(series: PageSeries, { point }: PointCursor<PageSeries>, isDelta: boolean): PointOutcome {
    // Every line of the series repeats its name and its labels.
    if (isTooLarge(point, series.labels.length + series.family.name.length * 3)) return 'too_large';
    let outcome: PointOutcome = 'no_data';
    if (point instanceof NumberPointView) outcome = takeNumber(series, point, isDelta);
    else if (point instanceof HistogramPointView) outcome = takeHistogram(series, point, isDelta, this.#resize);
    else if (point instanceof ExponentialHistogramPointView) outcome = takeNative(series, point, isDelta, this.#resize);
    else if (point instanceof SummaryPointView) outcome = takeSummary(series, point, this.#resize);
    if (outcome === 'stored' && 'exemplars' in point && series.family.type !== 'gauge')
      this.#store.keep(series, keepExemplars((point as NumberPointView).exemplars(), series.kept));
    return outcome;
  }
}
