import { randomUUID } from 'node:crypto';
import type { Consumer } from '../../component/consumer.js';
import { converting } from '../../component/converting.js';
import type { Connector, ConnectorContext } from '../../component/define.js';
import { ConditionSequence, type ErrorMode } from '../../ottl/sequence.js';
import { modeOf } from '../../statements/error-mode.js';
import { logFailure, refusing } from '../../statements/failures.js';
import { clientInfo, functionServices } from '../../statements/services.js';
import { defaultBounds, type SelectedAttribute, type Config, type MeasuredMetric } from './config.js';
import { Conversion, type ConversionPlan } from './conversion.js';
import type { MakerPlan } from './metric-maker.js';
import type { Count, MeasureKind } from './point-values.js';
import { metricCondition, sectionFor, metricValue, type MeasuredKind } from './sections.js';

/** Hands on, in place of each batch, metrics that are made of its items. */
export function createSignalToMetrics(config: Config, context: ConnectorContext, next: Consumer): Connector {
  const { id, from, to, ledger, clock } = context;
  const plan = planOf(config, context);
  const usual = new Conversion(plan);
  return converting({
    next,
    books: ledger.component(id, from),
    made: ledger.component(id, to),
    *convert(batch, large, request) {
      if (plan.metrics.length === 0) return undefined;
      // Between the pieces of a large batch others are converted.
      const conversion = large ? new Conversion(plan) : usual;
      return yield* refusing(conversion.converting(batch, clientInfo(request), clock.unixMs()));
    },
  });
}

function planOf(config: Config, context: ConnectorContext): ConversionPlan {
  const { logger, from } = context;
  const section = sectionFor[from];
  const selections: (readonly SelectedAttribute[])[] = [];
  const numbers = new Map<string, number>();
  const selectionOf = (attributes: readonly SelectedAttribute[]): number => {
    const name = JSON.stringify(attributes, (_key, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, selections.length);
    return selections.push(attributes) - 1;
  };
  const errorMode = modeOf(config.error_mode, config.error_mode);
  const metrics = config[section.name].map((metric) =>
    metricOf(section.name, metric, selectionOf(metric.include_resource_attributes), errorMode, context),
  );
  return {
    section,
    metrics,
    selections,
    instanceId: config.collector_instance_id === '' ? randomUUID() : config.collector_instance_id,
    errorMode,
    report: (error, metric) => logger.warn('failed to make a metric of an item', { error: error.message, metric }),
  };
}

function metricOf(
  section: MeasuredKind,
  metric: MeasuredMetric,
  resources: number,
  errorMode: ErrorMode,
  context: ConnectorContext,
): MakerPlan {
  const { name, description, unit, conditions, attributes } = metric;
  const services = functionServices(context);
  const compiled = conditions.map((condition) => metricCondition(section, condition, services));
  const report = logFailure(context.logger, 'failed to eval condition', 'condition');
  return {
    ...{ name, description, unit, attributes, resources },
    conditions: compiled.length === 0 ? undefined : new ConditionSequence(compiled, errorMode, report),
    kind: kindOf(section, metric, context),
  };
}

function kindOf(section: MeasuredKind, metric: MeasuredMetric, context: ConnectorContext): MeasureKind {
  const { histogram, exponential_histogram: exponential, sum, gauge } = metric;
  const services = functionServices(context);
  const value = (text: string): MeasureKind['value'] => metricValue(section, text, services);
  const count = (text: string): Count => (text === '' ? undefined : value(text));
  if (histogram) {
    const bounds = histogram.buckets.length === 0 ? defaultBounds : histogram.buckets;
    return { kind: 'histogram', bounds, value: value(histogram.value), count: count(histogram.count) };
  }
  if (exponential) {
    const { max_size: maxSize } = exponential;
    return { kind: 'exponential', maxSize, value: value(exponential.value), count: count(exponential.count) };
  }
  if (sum) return { kind: 'sum', monotonic: sum.monotonic, value: value(sum.value) };
  if (gauge) return { kind: 'gauge', value: value(gauge.value) };
  throw new Error(`the metric ${metric.name} has no kind`);
}
