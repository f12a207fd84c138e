import type { Attributes, MetricSpec } from '../component/telemetry.js';
import type { View } from './config/views.js';

/** One form in which a metric appears. */
export interface MetricStream {
  readonly spec: MetricSpec;
  /** Attributes are removed, so that several series may become one. */
  readonly merges: boolean;
  /** The attributes that remain. */
  readonly select: (given: Attributes) => Attributes;
}

const all = (given: Attributes): Attributes => given;

const types: Readonly<Record<MetricSpec['kind'], readonly string[]>> = {
  counter: ['counter', 'observable_counter'],
  updown: ['up_down_counter', 'observable_up_down_counter'],
  gauge: ['gauge', 'observable_gauge'],
  histogram: ['histogram'],
};

const known = new Set(Object.values(types).flat());

/** Applies `service::telemetry::metrics::views` to each metric. Throws on a view that is not supported. */
export class Views {
  readonly #views: readonly View[];
  readonly #scope: string;
  readonly #version: string;

  constructor(views: readonly View[], scope: string, version: string) {
    this.#views = views;
    this.#scope = scope;
    this.#version = version;
    views.forEach(({ selector, stream }, i) => {
      const refuse = (what: string): never => {
        throw new Error(`service::telemetry::metrics::views[${i}]: ${what}`);
      };
      if (stream.aggregation.base2_exponential_bucket_histogram !== undefined)
        refuse('base2_exponential_bucket_histogram is not supported: use explicit_bucket_histogram');
      if (selector.instrument_type !== '' && !known.has(selector.instrument_type))
        refuse(`unknown instrument_type ${JSON.stringify(selector.instrument_type)}: use ${[...known].join(', ')}`);
      if (stream.name !== '' && /[*?]/.test(selector.instrument_name))
        refuse(
          `name ${JSON.stringify(stream.name)} needs a selector without wildcards, else several metrics would share it`,
        );
      const bounds = stream.aggregation.explicit_bucket_histogram?.boundaries ?? [];
      if (bounds.some((bound, i) => bound <= (bounds[i - 1] ?? Number.NEGATIVE_INFINITY)))
        refuse('boundaries must increase');
    });
  }

  /** The forms of a metric: none when a view drops it, its own when no view matches. */
  streams(spec: MetricSpec): readonly MetricStream[] {
    const matching = this.#views.filter((view) => this.#matches(view, spec));
    if (matching.length === 0) return [{ spec, merges: false, select: all }];
    return matching.filter(({ stream }) => stream.aggregation.drop === undefined).map((view) => streamOf(view, spec));
  }

  #matches({ selector }: View, spec: MetricSpec): boolean {
    const {
      instrument_name: name,
      instrument_type: type,
      unit,
      meter_name,
      meter_version,
      meter_schema_url,
    } = selector;
    return (
      (name === '' || pattern(name).test(spec.name)) &&
      (type === '' || types[spec.kind].includes(type)) &&
      (unit === '' || unit === spec.unit) &&
      (meter_name === '' || meter_name === this.#scope) &&
      (meter_version === '' || meter_version === this.#version) &&
      meter_schema_url === ''
    );
  }
}

function streamOf({ stream }: View, spec: MetricSpec): MetricStream {
  const { name, description, attribute_keys: keys, aggregation } = stream;
  const buckets = spec.kind === 'histogram' ? aggregation.explicit_bucket_histogram : undefined;
  const shown: MetricSpec = {
    ...spec,
    ...(name === '' ? {} : { name }),
    ...(description === '' ? {} : { description }),
    ...(buckets ? { boundaries: buckets.boundaries, withoutMinMax: !buckets.record_min_max } : {}),
  };
  if (!keys) return { spec: shown, merges: false, select: all };
  const stays = (key: string): boolean =>
    (keys.included.length === 0 || keys.included.includes(key)) && !keys.excluded.includes(key);
  return {
    spec: shown,
    merges: true,
    select: (given) => Object.fromEntries(Object.entries(given).filter(([key]) => stays(key))),
  };
}

function pattern(text: string): RegExp {
  const escaped = text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
}
