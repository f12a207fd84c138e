import { any, flag, float, group, list, section, text, type Schema } from '../../component/schema/schema.js';
import { off } from './destination.js';

/** Changes how the selected metrics appear (OpenTelemetry configuration: views of the meter provider). */
export interface View {
  readonly selector: {
    /** A name, or a pattern with `*` and `?`. Empty: every metric. */
    readonly instrument_name: string;
    readonly instrument_type: string;
    readonly unit: string;
    readonly meter_name: string;
    readonly meter_version: string;
    readonly meter_schema_url: string;
  };
  readonly stream: {
    readonly name: string;
    readonly description: string;
    readonly attribute_keys: { readonly included: readonly string[]; readonly excluded: readonly string[] } | undefined;
    readonly aggregation: Aggregation;
  };
}

export interface Aggregation {
  readonly drop: object | undefined;
  readonly default: object | undefined;
  readonly sum: object | undefined;
  readonly last_value: object | undefined;
  readonly explicit_bucket_histogram:
    | { readonly boundaries: readonly number[]; readonly record_min_max: boolean }
    | undefined;
  readonly base2_exponential_bucket_histogram: unknown;
}

const nothing = (about: string): Schema<object | undefined> => section<object>(group<object>({}), off, { about });

const view: Schema<View> = group<View>({
  selector: group<View['selector']>({
    instrument_name: text('', { about: 'Name of the metric, with `*` and `?`.' }),
    instrument_type: text('', {
      about:
        '`counter`, `up_down_counter`, `gauge` or `histogram`; the first three also with `observable_` before them.',
    }),
    unit: text('', { about: 'Unit of the metric.' }),
    meter_name: text('', { about: 'Name of the scope.' }),
    meter_version: text('', { about: 'Version of the scope.' }),
    meter_schema_url: text('', { about: 'Schema of the scope.' }),
  }),
  stream: group<View['stream']>({
    name: text('', { about: 'New name.' }),
    description: text('', { about: 'New description.' }),
    attribute_keys: section(
      group({
        included: list(text(), [], { about: 'Labels that remain; empty: all.' }),
        excluded: list(text(), [], { about: 'Labels that are removed.' }),
      }),
      off,
    ),
    aggregation: group<Aggregation>({
      drop: nothing('Removes the metric.'),
      default: nothing('Changes nothing.'),
      sum: nothing('Only for counters.'),
      last_value: nothing('Only for gauges.'),
      explicit_bucket_histogram: section(
        group({
          boundaries: list(float(0), [], { about: 'Upper bounds of the buckets.' }),
          record_min_max: flag(true, { about: 'Adds the least and the greatest value (OTLP only).' }),
        }),
        off,
        { about: 'Only for histograms.' },
      ),
      base2_exponential_bucket_histogram: any({ about: 'Not supported.' }),
    }),
  }),
});

/** `undefined` unless given: an empty list, too, needs level detailed, as in the Collector. */
export const views: Schema<readonly View[] | undefined> = section<readonly View[]>(
  list(view),
  { absent: 'off', empty: 'off' },
  { about: 'Changes to its own metrics; only with level detailed.' },
);
