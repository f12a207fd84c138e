import type { Clock } from '../../../component/clock.js';
import { ConfigValueError, throwTogether } from '../../../component/config-value-error.js';
import type { ResourceView } from '../../../otlp/view/resource.js';
import type { SpanView } from '../../../otlp/view/span.js';
import type { SamplingStrategy } from '../config.js';
import type { SpanSurroundings } from '../../../sampling/arrivals.js';
import type { OttlSurroundings } from './compile-ottl.js';
import { PolicyCompiler, type CompiledPolicy } from './compile-policy.js';
import { Conditions } from './conditions.js';
import { numberOutcomes, type NumberedOutcomes } from './outcomes.js';
import type { PolicyConfig } from './policy-config.js';
import { vote, type Verdict, type Rules, type TraceFacts } from './rules.js';

export interface RulesOptions {
  readonly clock: Clock;
  readonly strategy: SamplingStrategy;
  /** `sample_on_first_match`. */
  readonly firstMatch: boolean;
  readonly ottl: OttlSurroundings;
}

/** Compiles `policies`. Throws a ConfigValueError for what cannot be. */
export function createRules(policies: readonly PolicyConfig[], options: RulesOptions): Rules {
  const conditions = new Conditions();
  const compiler = new PolicyCompiler(conditions, options.clock, options.ottl);
  const names = new Set<string>();
  const compiled = throwTogether(
    policies.map((policy, i) => () => {
      const path = ['policies', i];
      const { name } = policy;
      if (name === '')
        throw new ConfigValueError(
          'policy name cannot be empty',
          [...path, 'name'],
          'Give the policy a name: metrics and logs show it.',
        );
      if (names.has(name))
        throw new ConfigValueError(
          `duplicate policy name ${JSON.stringify(name)}`,
          [...path, 'name'],
          'Give each policy a name of its own.',
        );
      names.add(name);
      const one = compiler.compile(policy, path);
      if (options.strategy === 'span-ingest' && one.judge.stateful)
        throw new ConfigValueError(
          'sampling_strategy "span-ingest" requires all policies to be stateless, but policy ' +
            `${JSON.stringify(name)} is stateful`,
          path,
          'Remove the policy, or set `sampling_strategy: trace-complete`.',
        );
      return one;
    }),
  );
  const dropping = compiled.filter(({ drops }) => drops);
  const others = compiled.filter(({ drops }) => !drops);
  return new CompiledRules([...dropping, ...others], conditions, options.firstMatch);
}

class CompiledRules implements Rules {
  readonly words: number;
  readonly conditions: readonly string[];
  readonly outcomes: readonly Verdict[];
  readonly policies: readonly string[];
  readonly votes: Uint8Array;
  readonly #policies: readonly CompiledPolicy[];
  readonly #numbers: NumberedOutcomes;
  readonly #conditions: Conditions;
  readonly #firstMatch: boolean;

  constructor(policies: readonly CompiledPolicy[], conditions: Conditions, firstMatch: boolean) {
    this.words = conditions.words;
    this.conditions = conditions.descriptions;
    this.#numbers = numberOutcomes(policies);
    this.outcomes = this.#numbers.outcomes;
    this.policies = policies.map(({ name }) => name);
    this.votes = new Uint8Array(policies.length);
    this.#policies = policies;
    this.#conditions = conditions;
    this.#firstMatch = firstMatch;
  }

  readResource(resource: ResourceView, found: Int32Array, at: number): void {
    this.#conditions.readResource(resource, found, at);
  }

  readSpan(span: SpanView, found: Int32Array, at: number, around: SpanSurroundings): void {
    this.#conditions.readSpan(span, found, at, around);
  }

  decide(trace: TraceFacts): number {
    const { votes } = this;
    const numbers = this.#numbers;
    votes.fill(vote.none);
    /** The outcome of the first policy that wants the trace, without a threshold; 0 until there is one. */
    let sampled = 0;
    let refused = 0;
    let rank = Infinity;
    for (let i = 0; i < this.#policies.length; i++) {
      const { drops, judge, composite } = this.#policies[i] as CompiledPolicy;
      const wanted = judge.wants(trace);
      if (drops) {
        votes[i] = wanted ? vote.dropped : vote.notSampled;
        if (wanted) return numbers.first(i);
        continue;
      }
      votes[i] = wanted ? vote.sampled : vote.notSampled;
      const decider = composite === undefined ? 0 : composite.votes.decider;
      if (!wanted) {
        if (composite && decider >= 0 && refused === 0) refused = numbers.first(i) + composite.members.length + decider;
        continue;
      }
      if (sampled === 0) sampled = numbers.first(i) + decider;
      rank = Math.min(rank, numbers.rank(i));
      if (!this.#firstMatch) continue;
      return sampled + this.#lowestRank(trace, i + 1, rank);
    }
    return sampled === 0 ? refused : sampled + rank;
  }

  /**
   * The rank of a trace when policies behind the first match would have wanted it as well: it was kept with a better
   * chance than that match alone gave it. They do not vote, and limiters are not asked.
   */
  #lowestRank(trace: TraceFacts, from: number, rank: number): number {
    let lowest = rank;
    for (let i = from; i < this.#policies.length && lowest > 0; i++) {
      const { judge } = this.#policies[i] as CompiledPolicy;
      if (!judge.limits && this.#numbers.rank(i) < lowest && judge.wants(trace)) lowest = this.#numbers.rank(i);
    }
    return lowest;
  }
}
