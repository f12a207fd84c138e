import type { MetricBuilder } from '../../../otlp/build/metrics.js';
import type { ProcNumber } from '../text/proc-number.js';
import { PointAggregation } from './aggregation.js';
import type { WrittenAttribute, WrittenMetric } from './conventions.js';
import type { PointAttribute, PointSink } from './host-metric.js';
import type { MetricOptions, Strategy } from './metric-options.js';

/** Where points are written. */
export interface MetricTarget {
  readonly builder: MetricBuilder;
  /** Opens resource and scope for the first metric of them. */
  open(): void;
  /** Times of the points, milliseconds since the epoch. */
  readonly now: number;
  readonly start: number;
}

/** Writes one metric. A point costs its bytes and no object. */
export class MetricWriter implements PointSink {
  readonly #metric: WrittenMetric;
  readonly #attributes: readonly WrittenAttribute[];
  /** Set when an attribute is left out, so that points may become alike. */
  readonly #aggregation: PointAggregation | undefined;
  readonly #target: MetricTarget;
  readonly #kept: PointAttribute[] = [];
  #isOpen = false;

  /** `options` name the attributes that stay by their older names. */
  constructor(metric: WrittenMetric, attributes: readonly string[], options: MetricOptions, target: MetricTarget) {
    this.#metric = metric;
    this.#target = target;
    const places = new Set(options.attributes.map((name) => attributes.indexOf(name)));
    this.#attributes = metric.attributes.filter(({ place }) => places.has(place));
    if (this.#attributes.length < metric.attributes.length)
      this.#aggregation = new PointAggregation(options.aggregation_strategy as Strategy, this.#attributes.length);
  }

  add(
    value: ProcNumber,
    a: PointAttribute = '',
    b: PointAttribute = '',
    c: PointAttribute = '',
    d: PointAttribute = '',
    e: PointAttribute = '',
  ): void {
    if (!this.#aggregation) this.#point(value);
    for (let i = 0; i < this.#attributes.length; i++) {
      const { key, place, values } = this.#attributes[i] as WrittenAttribute;
      const given = place === 0 ? a : place === 1 ? b : place === 2 ? c : place === 3 ? d : e;
      const named = values === undefined ? given : (values[given] ?? given);
      if (this.#aggregation) this.#kept[i] = named;
      else this.#target.builder.attribute(key, named);
    }
    this.#aggregation?.add(value, this.#kept);
  }

  /** Writes what has been put together. */
  end(): void {
    const aggregation = this.#aggregation;
    if (aggregation) {
      for (let row = 0; row < aggregation.length; row++) {
        this.#point(aggregation.value(row, this.#metric.number === 'int'));
        for (let i = 0; i < this.#attributes.length; i++)
          this.#target.builder.attribute((this.#attributes[i] as WrittenAttribute).key, aggregation.attribute(row, i));
      }
      aggregation.clear();
    }
    this.#isOpen = false;
  }

  #point(value: ProcNumber): void {
    const { builder, now, start } = this.#target;
    if (!this.#isOpen) this.#open();
    builder.point(now).start(start);
    if (this.#metric.number === 'int') builder.int(value);
    else builder.double(Number(value));
  }

  #open(): void {
    const { name, unit, description, kind } = this.#metric;
    this.#isOpen = true;
    this.#target.open();
    this.#target.builder.metric(name, unit, description);
    if (kind === 'gauge') this.#target.builder.gauge();
    else this.#target.builder.sum('cumulative', kind === 'counter');
  }
}
