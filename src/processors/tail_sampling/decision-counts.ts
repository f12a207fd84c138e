import type { PipelineContext } from '../../component/define.js';
import type { Counter, Meter } from '../../component/telemetry.js';
import { vote, type Rules, type Vote } from './rules/rules.js';
import { metrics } from './telemetry.js';

/** Why a trace is decided at the time that it is. */
export type Occasion = 'due' | 'root' | 'early' | 'shutdown' | 'span';

/** The names of votes in the Collector's metrics. */
const votes: readonly (readonly [Vote, decision: string, sampled: string])[] = [
  [vote.notSampled, 'not_sampled', 'false'],
  [vote.sampled, 'sampled', 'true'],
  [vote.dropped, 'dropped', 'false'],
];

/** The metrics of decisions. Series are made when they are first counted, as in the Collector. */
export class DecisionCounts {
  readonly #meter: Meter;
  readonly #rules: Rules;
  readonly #id: string;
  /** Policies are named after their processor when that has a name. */
  readonly #prefix: string;
  readonly #asked: readonly Counter[];
  /** By place of the policy, then by vote. */
  readonly #votes: Counter[][];
  readonly #totals: Map<string, Counter> = new Map();
  /** By outcome, then by occasion. */
  readonly #decisions: Map<Occasion, Counter>[] = [];

  constructor({ meter, id }: PipelineContext, rules: Rules) {
    this.#meter = meter;
    this.#rules = rules;
    this.#id = id;
    this.#prefix = id.includes('/') ? `${id.slice(id.indexOf('/') + 1)}.` : '';
    this.#asked = rules.policies.map((policy) => meter.counter(metrics.asked, { policy: this.#prefix + policy }));
    this.#votes = rules.policies.map(() => []);
  }

  /** Counts what each policy said of the trace that was decided last. */
  countVotes(): void {
    const { votes: said } = this.#rules;
    for (let policy = 0; policy < said.length; policy++) {
      const one = (said[policy] ?? vote.none) as Vote;
      if (one === vote.none) continue;
      this.#asked[policy]?.add(1);
      const counters = this.#votes[policy] ?? [];
      (counters[one] ??= this.#voteCounter(policy, one)).add(1);
    }
  }

  countDecision(outcome: number, occasion: Occasion): void {
    const { decision, policy = '', subPolicy = '' } = this.#rules.outcomes[outcome] ?? { decision: 'not_sampled' };
    let total = this.#totals.get(decision);
    if (!total) {
      const labels = { sampled: String(decision === 'sampled'), decision };
      this.#totals.set(decision, (total = this.#meter.counter(metrics.traces, labels)));
    }
    total.add(1);
    const byOccasion = (this.#decisions[outcome] ??= new Map());
    let counter = byOccasion.get(occasion);
    if (!counter) {
      const labels = { processor: this.#id, decision, policy, sub_policy: subPolicy, occasion };
      byOccasion.set(occasion, (counter = this.#meter.counter(metrics.decisions, labels)));
    }
    counter.add(1);
  }

  #voteCounter(policy: number, of: Vote): Counter {
    const [, decision = '', sampled = ''] = votes.find(([each]) => each === of) ?? [];
    const name = this.#prefix + (this.#rules.policies[policy] ?? '');
    return this.#meter.counter(metrics.votes, { policy: name, sampled, decision });
  }
}
