import type { Config } from './config.js';
import type { PolicyConfig } from './rules/policy-config.js';

/** Sentences about options that are valid and hardly meant: nothing would be sampled because of them. */
export function warningsOf({ policies }: Pick<Config, 'policies'>): string[] {
  if (policies.length === 0) return ['There are no policies: no trace is sampled'];
  return policies.flatMap((policy) => {
    const why = wantsNothing(policy);
    return why === undefined ? [] : [`Policy ${JSON.stringify(policy.name)} wants no trace: ${why}`];
  });
}

function wantsNothing(policy: PolicyConfig): string | undefined {
  const { type, probabilistic, rate_limiting: rate, bytes_limiting: bytes, composite } = policy;
  if (type === 'probabilistic' && probabilistic.sampling_percentage <= 0) return 'its sampling_percentage is 0';
  if (type === 'rate_limiting' && rate.spans_per_second <= 0) return 'its spans_per_second is 0';
  if (type === 'bytes_limiting' && bytes.bytes_per_second <= 0) return 'its bytes_per_second is 0';
  if (type !== 'composite') return undefined;
  if (composite.composite_sub_policy.length === 0) return 'it has no composite_sub_policy';
  return composite.max_total_spans_per_second <= 0 ? 'its max_total_spans_per_second is 0' : undefined;
}
