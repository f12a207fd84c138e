import type { Attributes, Meter, MetricSpec } from '../component/telemetry.js';

interface Recorded {
  readonly name: string;
  readonly attributes: Attributes;
  value: number;
}

/** Keeps the sum of each series of counters, and how often a histogram was recorded in. */
export class RecordingMeter implements Meter {
  readonly level = 'detailed';
  readonly #series: Recorded[] = [];

  /** The sum of all series of a metric that have these attributes. */
  sum(name: string, attributes: Attributes): number {
    let sum = 0;
    for (const series of this.#series)
      if (series.name === name && Object.entries(attributes).every(([key, value]) => series.attributes[key] === value))
        sum += series.value;
    return sum;
  }

  get names(): readonly string[] {
    return [...new Set(this.#series.map(({ name }) => name))].sort();
  }

  counter({ name }: MetricSpec, attributes: Attributes): { add(value: number): void } {
    const series = this.#add(name, attributes);
    return { add: (value) => void (series.value += value) };
  }

  histogram({ name }: MetricSpec, attributes: Attributes): { record(value: number): void } {
    const series = this.#add(name, attributes);
    return { record: () => void series.value++ };
  }

  observe(): () => void {
    return () => {};
  }

  #add(name: string, attributes: Attributes): Recorded {
    const series = { name, attributes, value: 0 };
    this.#series.push(series);
    return series;
  }
}
