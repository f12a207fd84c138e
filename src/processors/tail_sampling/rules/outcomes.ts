import { at32 } from '../../../otlp/wire/at.js';
import type { CompiledPolicy } from './compile-policy.js';
import { ratioOf } from './judge.js';
import type { Verdict } from './rules.js';
import { mostDigits, thresholdOf } from '../../../sampling/threshold.js';
import { Word56 } from '../../../sampling/word56.js';

/** All ways in which the traces of a configuration can be decided, and which numbers they have. */
export interface NumberedOutcomes {
  readonly outcomes: readonly Verdict[];
  /**
   * The first outcome of a policy, by its place. From there on it has one for each rank up to its own; a `composite`
   * has one for each member that samples, and one for each that would if its share were larger.
   */
  first(policy: number): number;
  /** Of thresholds by their size, 0 for a policy that has none. */
  rank(policy: number): number;
}

export function numberOutcomes(policies: readonly CompiledPolicy[]): NumberedOutcomes {
  const ratios = policies.map(({ judge }) => ratioOf(judge) ?? 0);
  // The largest share has the lowest threshold. A share of nothing has none.
  const ranked = [...new Set(ratios)].filter((ratio) => thresholdFor(ratio)).sort((a, b) => b - a);
  const outcomes: Verdict[] = [
    { decision: 'not_sampled', policy: undefined, subPolicy: undefined, threshold: undefined },
  ];
  const firsts = new Int32Array(policies.length);
  const ranks = new Int32Array(policies.length);
  for (const [i, { name, drops, composite }] of policies.entries()) {
    firsts[i] = outcomes.length;
    ranks[i] = ranked.indexOf(ratios[i] ?? 0) + 1;
    const plain = { policy: name, subPolicy: undefined, threshold: undefined };
    if (drops) outcomes.push({ ...plain, decision: 'dropped' });
    else if (composite) {
      for (const decision of ['sampled', 'not_sampled'] as const)
        for (const member of composite.members) outcomes.push({ ...plain, decision, subPolicy: member.name });
    } else {
      outcomes.push({ ...plain, decision: 'sampled' });
      for (const ratio of ranked.slice(0, at32(ranks, i)))
        outcomes.push({ ...plain, decision: 'sampled', threshold: thresholdFor(ratio) });
    }
  }
  return { outcomes, first: (policy) => at32(firsts, policy), rank: (policy) => at32(ranks, policy) };
}

/** The threshold that a trace has passed when a share of all is kept; undefined when nothing is. */
function thresholdFor(ratio: number): Word56 | undefined {
  const threshold = new Word56();
  return thresholdOf(ratio, mostDigits, threshold) ? threshold : undefined;
}
