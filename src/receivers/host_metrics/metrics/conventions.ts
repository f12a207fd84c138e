import type { MetricFacts } from './host-metric.js';

/** Gates that the process scraper follows; those of the receiver stand for those of its scrapers. */
const nextGates = ['receiver.hostmetrics.EmitV1SystemConventions', 'scraper.process.EmitV1SystemConventions'];
const withoutOlderGates = [
  'receiver.hostmetrics.DontEmitV0SystemConventions',
  'scraper.process.DontEmitV0SystemConventions',
];

/** The semantic conventions that metrics follow: those of the Collector's past, the next ones, or both. */
export type Conventions = 'older' | 'both' | 'next';

/** The conventions that the feature gates ask for; undefined when they contradict each other. */
export function conventionsOf(gates: ReadonlySet<string>): Conventions | undefined {
  const next = nextGates.some((gate) => gates.has(gate));
  const withoutOlder = withoutOlderGates.some((gate) => gates.has(gate));
  if (!next) return withoutOlder ? undefined : 'older';
  return withoutOlder ? 'next' : 'both';
}

/** An attribute of a metric as its points have it. */
export interface WrittenAttribute {
  readonly key: string;
  /** Which of the values of a point it has. */
  readonly place: number;
  /** Values that have another name under the conventions of this attribute. */
  readonly values?: Readonly<Record<string, string>> | undefined;
}

/** A metric as it is written. */
export interface WrittenMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: MetricFacts['kind'];
  readonly number: MetricFacts['number'];
  readonly attributes: readonly WrittenAttribute[];
}

/**
 * The forms in which a metric is written. Under both conventions, a metric that keeps its name has the older and the
 * newer attribute, and one with a newer name is there twice.
 */
export function writtenForms(facts: MetricFacts, conventions: Conventions): readonly WrittenMetric[] {
  const { name, unit, description, kind, number, next } = facts;
  const older = {
    name,
    unit,
    description,
    kind,
    number,
    attributes: facts.attributes.map((key, place) => ({ key, place })),
  };
  if (next === undefined || conventions === 'older') return [older];
  const newer: WrittenMetric = {
    name: next.name ?? name,
    unit: next.unit ?? unit,
    description: next.description ?? description,
    kind,
    number,
    attributes:
      next.attribute === undefined ? older.attributes : [{ key: next.attribute, place: 0, values: next.values }],
  };
  if (conventions === 'next') return [newer];
  if (next.name !== undefined) return [older, newer];
  return [{ ...newer, attributes: [...newer.attributes, ...older.attributes] }];
}
