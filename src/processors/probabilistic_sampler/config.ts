import { choice, flag, float, group, int, text, type Schema } from '../../component/schema/schema.js';
import { leastProbability, mostDigits } from '../../sampling/threshold.js';

/** docs/spec/agent.md#probabilistic-sampler. */
export interface Config {
  readonly sampling_percentage: number;
  /** '' is `hash_seed`. */
  readonly mode: '' | 'hash_seed' | 'proportional' | 'equalizing';
  readonly hash_seed: number;
  readonly fail_closed: boolean;
  readonly sampling_precision: number;
  readonly attribute_source: 'traceID' | 'record';
  readonly from_attribute: string;
  readonly sampling_priority: string;
}

const percentageFault = (percentage: number): string | undefined => {
  const value = Math.fround(percentage);
  if (!Number.isFinite(value)) return `sampling rate is invalid: ${value}%`;
  if (value < 0) return `sampling rate is negative: ${value.toFixed(6)}%`;
  if (value > 0 && value / 100 < leastProbability) return `sampling rate is too small: ${percentage}%`;
  return undefined;
};

const precisionFault = (digits: number): string | undefined => {
  if (digits < 1) return `invalid sampling precision: ${digits}`;
  if (digits > mostDigits) return `sampling precision is too great, should be <= ${mostDigits}: ${digits}`;
  return undefined;
};

const seedFault = (seed: number): string | undefined =>
  seed < 0 || seed >= 2 ** 32 ? `cannot parse value as 'uint32': ${seed} overflows uint` : undefined;

export const config: Schema<Config> = group<Config>({
  sampling_percentage: float(
    0,
    { about: 'The share of the items that is kept; 0 keeps none, 100 and more all.', unit: 'percent' },
    percentageFault,
  ),
  mode: choice(
    ['', 'hash_seed', 'proportional', 'equalizing'],
    '',
    {
      about:
        '`hash_seed`, the default, keeps by a hash of the trace ID; `proportional` and `equalizing` keep by its ' +
        'randomness, as OpenTelemetry defines it, a share of what arrives or of what there was before any sampling.',
    },
    (value) => `unsupported sampler mode "${value}"`,
  ),
  hash_seed: int(
    0,
    { about: 'The start of the hash. Gateways of one tier need the same one, different tiers different ones.' },
    seedFault,
  ),
  fail_closed: flag(true, {
    about: 'Drops items that cannot be judged, such as those without a trace ID; `false` lets them pass.',
  }),
  sampling_precision: int(
    4,
    { about: 'Significant hexadecimal digits of the threshold that is written to an item, 1 to 14.', unit: 'digits' },
    precisionFault,
  ),
  attribute_source: choice(
    ['traceID', 'record'],
    'traceID',
    {
      about:
        'Log records: `record` keeps by the attribute of `from_attribute`, `traceID` only where there is no trace ID.',
    },
    (value) => `invalid attribute source: ${value}. Expected: traceID or record`,
  ),
  from_attribute: text('', { about: 'Log records: the attribute whose value is hashed in place of the trace ID.' }),
  sampling_priority: text('', {
    about: 'Log records: an attribute with a percentage that applies in place of `sampling_percentage`.',
  }),
});
