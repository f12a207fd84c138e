import { ConfigValueError } from '../../component/config-value-error.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { ExprError } from '../../expr/expr-error.js';
import { expression, type CompiledExpr } from '../../expr/expression.js';
import type { Vocabulary } from '../../expr/vocabulary.js';
import { key } from '../../otlp/view/key.js';
import type { MetricType, MetricView } from '../../otlp/view/metric.js';
import type { PointView } from '../../otlp/view/points.js';
import { ValueView } from '../../otlp/view/value.js';

/** Data points that are looked at in one piece of work, for one expression. */
const pointsAtOnce = 2048;

const typeNames: Readonly<Record<MetricType, string>> = {
  empty: 'Empty',
  gauge: 'Gauge',
  sum: 'Sum',
  histogram: 'Histogram',
  exponentialHistogram: 'ExponentialHistogram',
  summary: 'Summary',
};

/** A data point that expressions read, with its metric. */
class PointReader {
  metric: MetricView | undefined;
  point: PointView | undefined;
  readonly value: ValueView = new ValueView();
  #name: string | undefined;

  open(metric: MetricView): void {
    this.metric = metric;
    this.point = metric.points();
    this.#name = undefined;
  }

  close(): void {
    this.metric = this.point = this.#name = undefined;
  }

  /** Made once for all points of the metric, when an expression asks for it. */
  get name(): string {
    return (this.#name ??= this.metric?.name.toString() ?? '');
  }
}

const vocabulary: Vocabulary<PointReader> = {
  variables: {
    MetricName: { type: 'string', read: (reader) => reader.name },
    MetricType: { type: 'string', read: ({ metric }) => typeNames[metric?.type ?? 'empty'] },
  },
  functions: {
    HasLabel: {
      type: 'bool',
      of(name) {
        const label = key(name);
        return ({ point, value }) => point?.attribute(label, value) ?? false;
      },
    },
    // Of an attribute that is no text, the empty text.
    Label: {
      type: 'string',
      of(name) {
        const label = key(name);
        return ({ point, value }) => (point?.attribute(label, value) === true ? value.string.toString() : '');
      },
    },
  },
  unknown: 'fault',
};

/** Expressions of which one must hold for one of a metric's data points. */
export class MetricExpressions {
  readonly #expressions: readonly CompiledExpr<PointReader>[];
  readonly #reader: PointReader = new PointReader();
  /** Number of the expression that is looked at. */
  #at = 0;

  /** Throws a `ConfigValueError` for what is no expression, or gives neither true nor false. */
  constructor(sources: readonly string[], path: readonly string[]) {
    this.#expressions = sources.map((source, i) => compiled(source, [...path, i]));
  }

  /** Forgets a metric that was left early. */
  begin(): void {
    this.#reader.close();
  }

  /** Undefined after many points: the next call goes on. Throws a `DeliveryError` when an expression fails. */
  matches(metric: MetricView): boolean | undefined {
    const reader = this.#reader;
    if (reader.metric === undefined) {
      this.#at = 0;
      reader.open(metric);
    }
    const matches = this.#anyPoint(metric);
    if (matches !== undefined) reader.close();
    return matches;
  }

  #anyPoint(metric: MetricView): boolean | undefined {
    const reader = this.#reader;
    for (let points = 0; this.#at < this.#expressions.length;) {
      const each = this.#expressions[this.#at] as CompiledExpr<PointReader>;
      if (reader.point?.next() !== true) {
        this.#at++;
        reader.point = metric.points();
      } else {
        if (holds(each, reader)) return true;
        if (++points >= pointsAtOnce) return undefined;
      }
    }
    return false;
  }
}

function compiled(source: string, path: readonly (string | number)[]): CompiledExpr<PointReader> {
  try {
    const made = expression(source, vocabulary);
    if (made.type === undefined || made.type === 'bool') return made;
    throw new ExprError(`true or false expected, not ${made.type}`, 0);
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    throw new ConfigValueError(error.message, path, undefined, { cause: error, at: { offset: error.offset } });
  }
}

function holds(each: CompiledExpr<PointReader>, reader: PointReader): boolean {
  let fault: string;
  try {
    const value = each.evaluate(reader);
    if (typeof value === 'boolean') return value;
    fault = 'it gives neither true nor false';
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    fault = error.message;
  }
  reader.close();
  // The Collector refuses the request too, whatever the error mode is.
  throw new DeliveryError(`failed to eval expression: ${each.source}, ${fault}`, {
    class: 'retryable',
    reason: 'statement_failed',
  });
}
