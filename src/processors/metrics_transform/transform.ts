import { pointsAtOnce, type MetricDraft } from '../../otlp/draft/metric-draft.js';
import type { PointDraft } from '../../otlp/draft/point-draft.js';
import type { ScopeDraft, ScopeEntry } from '../../otlp/draft/scope-draft.js';
import type { Range } from '../../otlp/view/range.js';
import type { InPieces } from '../../otlp/work.js';
import { expandTemplate, readTemplate, type ReplacementTemplate } from '../../pattern/template.js';
import type { TransformConfig } from './config.js';
import { TransformFilter } from './transform-filter.js';
import { mergeMetric, operationOf, type Operation, type OperationRun } from './operations.js';
import type { TransformTally } from './telemetry.js';

type Warn = OperationRun['warn'];

/** The points of a metric that a filter means. */
interface Meant {
  /** Place among the entries of the scope. */
  readonly place: number;
  readonly metric: MetricDraft;
  readonly points: readonly PointDraft[];
}

/** One transform: which metrics, and what happens to them. */
export class Transform {
  readonly #config: TransformConfig;
  readonly #number: number;
  readonly #filter: TransformFilter;
  readonly #newName: ReplacementTemplate;
  readonly #operations: readonly Operation[];
  readonly #groupLabels: ReadonlyMap<string, string>;
  readonly #warn: Warn;

  /** @param number - its place among the transforms */
  constructor(config: TransformConfig, number: number, version: string, warn: Warn) {
    this.#config = config;
    this.#number = number;
    this.#filter = new TransformFilter(config);
    const names = this.#filter.pattern?.groupNames;
    this.#newName = names ? readTemplate(config.new_name, names) : [config.new_name];
    this.#operations = config.operations.map((one) => operationOf(one, version));
    this.#groupLabels = new Map(Object.entries(config.group_resource_labels));
    this.#warn = warn;
  }

  /** Whether it may be about a metric with this name. */
  concerns(name: Range): boolean {
    return this.#filter.isNamed(name);
  }

  apply(scope: ScopeDraft, tally: TransformTally): InPieces<void> {
    switch (this.#config.action) {
      case 'update':
        return this.#update(scope, tally);
      case 'insert':
        return this.#insert(scope, tally);
      case 'combine':
        return this.#combine(scope, tally);
      case 'group':
        return this.#group(scope, tally);
      case '':
        throw new Error('a transform has an action');
    }
  }

  *#update(scope: ScopeDraft, tally: TransformTally): InPieces<void> {
    if (this.#operations.length === 0 && !this.#filter.hasLabels) {
      yield* this.#rename(scope);
      return;
    }
    const left: ScopeEntry[] = [];
    for (let i = 0; i < scope.entries.length; i++) {
      const entry = yield* this.#entry(scope, i);
      if (typeof entry === 'object' && 'place' in entry) {
        const { metric, points } = entry;
        const isWhole = points.length === metric.points.length;
        const meant = new Set(points);
        const isMeant = isWhole ? undefined : (point: PointDraft) => meant.has(point);
        const had = metric.points.length;
        yield* this.#change(metric, { isMeant, isWhole, tally, warn: this.#warn });
        scope.isChanged ||= metric.isChanged;
        if (metric.points.length > 0 || had === 0) left.push(metric);
      } else left.push(entry);
    }
    scope.entries = left;
  }

  /** Needs no points, which stay as they came. */
  *#rename(scope: ScopeDraft): InPieces<void> {
    for (let i = 0; i < scope.entries.length; i++) {
      if (!this.#isNamed(scope, scope.entries[i] ?? 0)) continue;
      const metric = scope.shallow(i);
      this.#setName(metric);
      scope.isChanged ||= metric.isChanged;
      if (i % pointsAtOnce === 0) yield;
    }
  }

  *#insert(scope: ScopeDraft, tally: TransformTally): InPieces<void> {
    const made: MetricDraft[] = [];
    for (const { metric, points } of yield* this.#meant(scope)) {
      scope.reserve(points.length);
      const copy = metric.with(points.map((point) => point.clone()));
      tally.created += points.length;
      yield* this.#change(copy, { isMeant: undefined, isWhole: true, tally, warn: this.#warn });
      if (copy.points.length > 0 || points.length === 0) made.push(copy);
    }
    if (made.length === 0) return;
    scope.entries.push(...made);
    scope.isChanged = true;
  }

  *#combine(scope: ScopeDraft, tally: TransformTally): InPieces<void> {
    const meant = yield* this.#meant(scope);
    const [first] = meant;
    if (!first) return;
    const fault = this.#differs(meant.map(({ metric }) => metric));
    if (fault !== undefined) {
      this.#warn(fault, first.metric.name);
      return;
    }
    const points: PointDraft[] = [];
    for (const one of meant) {
      const labels = this.#labelsOf(one.metric.name);
      for (const [label, text] of labels) scope.reserveBytes((label.length + text.length) * one.points.length);
      for (const point of one.points) {
        for (const [label, text] of labels) point.setLabel(label, text);
        points.push(point);
      }
      yield;
    }
    const combined = first.metric.with(points);
    const had = points.length;
    this.#takeOut(scope, meant);
    const aggregation = this.#config.aggregation_type;
    yield* mergeMetric(combined, aggregation === '' ? 'sum' : aggregation, tally);
    yield* this.#change(combined, { isMeant: undefined, isWhole: true, tally, warn: this.#warn });
    if (combined.points.length > 0 || had === 0) scope.entries.push(combined);
  }

  *#group(scope: ScopeDraft, tally: TransformTally): InPieces<void> {
    const meant = yield* this.#meant(scope);
    if (meant.length === 0) return;
    const moved: MetricDraft[] = [];
    for (const { metric, points } of meant) {
      const isWhole = points.length === metric.points.length;
      const part = isWhole ? metric : metric.with([...points]);
      yield* this.#change(part, { isMeant: undefined, isWhole: true, tally, warn: this.#warn });
      if (part.points.length > 0 || points.length === 0) moved.push(part);
    }
    this.#takeOut(scope, meant);
    if (moved.length > 0) scope.groups.push({ number: this.#number, attributes: this.#groupLabels, entries: moved });
  }

  /** The metrics that are meant, taken apart. */
  *#meant(scope: ScopeDraft): InPieces<Meant[]> {
    const meant: Meant[] = [];
    for (let i = 0; i < scope.entries.length; i++) {
      const entry = yield* this.#entry(scope, i);
      if (typeof entry === 'object' && 'place' in entry) meant.push(entry);
    }
    return meant;
  }

  /** Entry `i` of a scope: taken apart, with the points that are meant, or as it is when none is. */
  *#entry(scope: ScopeDraft, i: number): InPieces<Meant | ScopeEntry> {
    const filter = this.#filter;
    const entry = scope.entries[i];
    if (entry === undefined) throw new RangeError(`the scope has no metric ${i}`);
    if (!this.#isNamed(scope, entry)) return entry;
    const metric = yield* scope.draft(i);
    if (!filter.hasLabels) return { place: i, metric, points: metric.points };
    const points = metric.points.filter((point) => filter.hasPoint(point));
    return points.length > 0 ? { place: i, metric, points } : metric;
  }

  #isNamed(scope: ScopeDraft, entry: ScopeEntry): boolean {
    return this.#filter.isNamed(typeof entry === 'number' ? scope.view(entry).name : entry.name);
  }

  #setName(metric: MetricDraft): void {
    if (this.#config.new_name === '') return;
    const name = expandTemplate(this.#newName, this.#filter.match(metric.name)?.groups ?? []);
    if (name === metric.name) return;
    metric.name = name;
    metric.isChanged = true;
  }

  /** Renames a metric and runs the operations. */
  *#change(metric: MetricDraft, run: OperationRun): InPieces<void> {
    if (run.isWhole) this.#setName(metric);
    for (const operation of this.#operations) yield* operation(metric, run);
  }

  /** Takes points out of their metrics, and metrics without any others out of the scope. */
  #takeOut(scope: ScopeDraft, meant: readonly Meant[]): void {
    const places = new Map(meant.map((one) => [one.place, one]));
    scope.entries = scope.entries.filter((_entry, place) => {
      const one = places.get(place);
      if (!one) return true;
      if (one.points.length === one.metric.points.length) return false;
      const gone = new Set(one.points);
      one.metric.points = one.metric.points.filter((point) => !gone.has(point));
      one.metric.isChanged = true;
      return true;
    });
    scope.isChanged = true;
  }

  /** Labels from the named groups of the pattern. */
  #labelsOf(name: string): (readonly [label: string, text: string])[] {
    const { pattern } = this.#filter;
    const groups = this.#filter.match(name)?.groups ?? [];
    const cased = (text: string): string => {
      const { submatch_case: to } = this.#config;
      return to === 'lower' ? text.toLowerCase() : to === 'upper' ? text.toUpperCase() : text;
    };
    return (pattern?.groupNames ?? []).flatMap((label, number) =>
      label === '' ? [] : [[label, cased(groups[number] ?? '')] as const],
    );
  }

  /** Why metrics cannot be combined. */
  #differs(metrics: readonly MetricDraft[]): string | undefined {
    const [first] = metrics;
    if (!first) return undefined;
    if (metrics.some(({ type }) => type !== first.type)) return 'metrics of different types cannot be combined';
    if (metrics.some(({ dataFields }) => !dataFields.equals(first.dataFields)))
      return 'metrics of different temporality or monotonicity cannot be combined';
    return first.type === 'summary' ? 'summaries cannot be combined' : undefined;
  }
}
