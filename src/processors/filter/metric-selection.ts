import { RequiredAttributes, textSet } from '../../attributes/match/attribute-condition.js';
import { checkMatchType } from '../../attributes/match/match-checks.js';
import type { MatchType, TextMatcher } from '../../attributes/match/text-matcher.js';
import type { MetricView } from '../../otlp/view/metric.js';
import type { ResourceView } from '../../otlp/view/resource.js';
import type { MetricMatch } from './match-config.js';
import { MetricExpressions } from './metric-expressions.js';
import type { Selecting } from './selected-rows.js';

/**
 * The metrics that `include` matches and `exclude` does not. Attributes of resources and names are separate conditions,
 * as in the Collector: `exclude` drops what matches one of them.
 */
export class MetricSelection implements Selecting<MetricView> {
  readonly #include: MetricConditions | undefined;
  readonly #exclude: MetricConditions | undefined;
  /** The answer of `include` about the metric, before `exclude` is asked. */
  #isIncluded = false;

  /** Throws a `ConfigValueError` for texts that are no patterns or expressions. */
  constructor(include: MetricMatch | undefined, exclude: MetricMatch | undefined) {
    this.#include = include && new MetricConditions(include, ['include']);
    this.#exclude = exclude && new MetricConditions(exclude, ['exclude']);
  }

  get ofItems(): boolean {
    return this.#include?.ofMetrics === true || this.#exclude?.ofMetrics === true;
  }

  hasResource(resource: ResourceView): boolean {
    const [include, exclude] = [this.#include, this.#exclude];
    // A batch before may have ended within a metric.
    this.#isIncluded = false;
    include?.begin();
    exclude?.begin();
    if (include?.ofResources === true && !include.matchesResource(resource)) return false;
    return exclude?.ofResources !== true || !exclude.matchesResource(resource);
  }

  hasScope(): boolean {
    return true;
  }

  hasItem(metric: MetricView): boolean | undefined {
    const [include, exclude] = [this.#include, this.#exclude];
    if (include?.ofMetrics === true && !this.#isIncluded) {
      const matches = include.matchesMetric(metric);
      if (matches !== true) return matches;
      this.#isIncluded = true;
    }
    const isExcluded = exclude?.ofMetrics === true ? exclude.matchesMetric(metric) : false;
    if (isExcluded !== undefined) this.#isIncluded = false;
    return isExcluded === undefined ? undefined : !isExcluded;
  }
}

class MetricConditions {
  readonly #resources: RequiredAttributes;
  readonly #names: TextMatcher | undefined;
  readonly #expressions: MetricExpressions | undefined;

  constructor(match: MetricMatch, path: readonly string[]) {
    const isExpr = match.match_type === 'expr';
    const isCompared =
      (!isExpr && match.metric_names.length > 0) ||
      match.resource_attributes.some(({ value }) => value !== undefined && value !== null);
    if (!isExpr || isCompared) checkMatchType(match.match_type, isCompared, path);
    const type: MatchType = match.match_type === 'regexp' ? 'regexp' : 'strict';
    this.#resources = new RequiredAttributes(type, match.resource_attributes, [...path, 'resource_attributes']);
    this.#names =
      isExpr || match.metric_names.length === 0
        ? undefined
        : textSet(type, match.metric_names, [...path, 'metric_names']);
    this.#expressions =
      isExpr && match.expressions.length > 0
        ? new MetricExpressions(match.expressions, [...path, 'expressions'])
        : undefined;
  }

  get ofResources(): boolean {
    return this.#resources.list.length > 0;
  }

  get ofMetrics(): boolean {
    return this.#names !== undefined || this.#expressions !== undefined;
  }

  /** Forgets a metric that was left early. */
  begin(): void {
    this.#expressions?.begin();
  }

  matchesResource(resource: ResourceView): boolean {
    return this.#resources.matches(resource);
  }

  /** Undefined: there is more to look at, by another call. */
  matchesMetric(metric: MetricView): boolean | undefined {
    return this.#names ? this.#names.matches(metric.name) : this.#expressions?.matches(metric);
  }
}
