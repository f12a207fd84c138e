import type { Clock } from '../../../component/clock.js';
import { ConfigValueError, type Hint } from '../../../component/config-value-error.js';
import { isSet, type Bit } from './bits.js';
import { allowances, Composite, inOrder, type Member } from './composite.js';
import { compileOttl, type OttlSurroundings } from './compile-ottl.js';
import type { Conditions } from './conditions.js';
import { allOf, negated, plainJudge, type Judge } from './judge.js';
import { patternFault } from '../../../pattern/pattern.js';
import { PatternSet } from './pattern-set.js';
import type { AndConfig, CompositeConfig, MemberPolicyConfig, NotConfig, PolicyConfig } from './policy-config.js';
import type { NumericConfig, SharedPolicyConfig, StringConfig } from './policy-config.js';
import { TraceShare } from './probability.js';
import { TextSet } from './text-set.js';
import { TokenBucket } from './token-bucket.js';
import { TraceStateTest } from './trace-state.js';
import { wholeRange } from './whole-range.js';

type Path = readonly (string | number)[];

const sharedTypes = ['always_sample', 'latency', 'numeric_attribute', 'probabilistic', 'status_code'].concat(
  ['string_attribute', 'rate_limiting', 'bytes_limiting', 'span_count', 'trace_state', 'trace_flags'],
  ['boolean_attribute', 'ottl_condition'],
);
const memberTypes = [...sharedTypes, 'not'];
const compositeMemberTypes = [...sharedTypes, 'and'];
const policyTypes = [...memberTypes, 'and', 'drop', 'composite'];

const statusCodes = ['UNSET', 'OK', 'ERROR'];

/** One policy as it votes. */
export interface CompiledPolicy {
  readonly name: string;
  /** It drops the traces that it wants. */
  readonly drops: boolean;
  readonly judge: Judge;
  /** Set for a composite policy, which is the judge then. */
  readonly composite: { readonly votes: Composite; readonly members: readonly Member[] } | undefined;
}

/** Makes policies of their configuration, and collects what they look for in spans. */
export class PolicyCompiler {
  readonly #conditions: Conditions;
  readonly #clock: Clock;
  readonly #ottl: OttlSurroundings;
  /** The policy of the list that is being compiled: its name leads the messages. */
  #policy = '';

  constructor(conditions: Conditions, clock: Clock, ottl: OttlSurroundings) {
    this.#conditions = conditions;
    this.#clock = clock;
    this.#ottl = ottl;
  }

  /** @param path - where the policy stands */
  compile(policy: PolicyConfig, path: Path): CompiledPolicy {
    const { name, type } = policy;
    this.#policy = name;
    const plain = { name, drops: false, composite: undefined };
    switch (type) {
      case 'and':
        return { ...plain, judge: this.#and(policy.and, [...path, 'and']) };
      case 'drop': {
        const members = policy.drop.drop_sub_policy;
        return { ...plain, drops: true, judge: this.#all(members, [...path, 'drop', 'drop_sub_policy']) };
      }
      case 'composite':
        return { name, drops: false, ...this.#composite(policy.composite, [...path, 'composite']) };
      default:
        return { ...plain, judge: this.#member(policy, path) ?? this.#unknown(type, path, policyTypes) };
    }
  }

  #member(policy: MemberPolicyConfig, path: Path): Judge | undefined {
    return policy.type === 'not' ? this.#not(policy.not, [...path, 'not']) : this.#shared(policy, path);
  }

  #all(policies: readonly MemberPolicyConfig[], path: Path): Judge {
    return allOf(
      policies.map(
        (policy, i) => this.#member(policy, [...path, i]) ?? this.#unknown(policy.type, [...path, i], memberTypes),
      ),
    );
  }

  #and({ and_sub_policy: members }: AndConfig, path: Path): Judge {
    return this.#all(members, [...path, 'and_sub_policy']);
  }

  #not({ not_sub_policy: policy }: NotConfig, path: Path): Judge {
    const at = [...path, 'not_sub_policy'];
    return negated(this.#shared(policy, at) ?? this.#unknown(policy.type, at, sharedTypes));
  }

  #composite(config: CompositeConfig, path: Path): Pick<CompiledPolicy, 'judge' | 'composite'> {
    const policies = config.composite_sub_policy.map((policy, i) => {
      const at = [...path, 'composite_sub_policy', i];
      const judge = policy.type === 'and' ? this.#and(policy.and, [...at, 'and']) : this.#shared(policy, at);
      return { name: policy.name, judge: judge ?? this.#unknown(policy.type, at, compositeMemberTypes) };
    });
    const ordered = inOrder(policies, config.policy_order);
    const names = ordered.map(({ name }) => name);
    const spans = allowances(names, config.max_total_spans_per_second, config.rate_allocation);
    const members = ordered.map((policy, i) => ({ ...policy, allowance: spans[i] ?? 0 }));
    const votes = new Composite(members, this.#clock);
    const judge: Judge = {
      wants: (trace) => votes.wants(trace),
      limits: true,
      // The Collector accepts it in every strategy.
      stateful: false,
      chances: undefined,
    };
    return { judge, composite: { votes, members } };
  }

  /** A policy of a type that may stand anywhere; undefined when it is of another one. */
  #shared(policy: SharedPolicyConfig, path: Path): Judge | undefined {
    switch (policy.type) {
      case 'always_sample':
        return plainJudge(() => true);
      case 'latency': {
        const { threshold_ms: lower, upper_threshold_ms: upper } = policy.latency;
        if (upper === 0) return plainJudge(({ durationMs }) => durationMs > lower);
        return plainJudge(({ durationMs }) => durationMs > lower && durationMs <= upper, true);
      }
      case 'span_count': {
        const { min_spans: least, max_spans: most } = policy.span_count;
        if (most === 0) return plainJudge(({ spans }) => spans >= least);
        return plainJudge(({ spans }) => spans >= least && spans <= most, true);
      }
      case 'probabilistic': {
        const { hash_salt: salt, sampling_percentage: percentage } = policy.probabilistic;
        const share = new TraceShare(salt, percentage);
        const chances = new Map([[share.salt, share.ratio]]);
        return { wants: ({ ids, idAt }) => share.has(ids, idAt), limits: false, stateful: false, chances };
      }
      case 'rate_limiting': {
        const { spans_per_second: rate, burst_capacity: burst } = policy.rate_limiting;
        return this.#limit(rate, burst, (bucket, { spans }) => bucket.take(spans));
      }
      case 'bytes_limiting': {
        const { bytes_per_second: rate, burst_capacity: burst } = policy.bytes_limiting;
        return this.#limit(rate, burst, (bucket, { bytes }) => bucket.take(bytes));
      }
      case 'status_code':
        return this.#statusCode(policy.status_code.status_codes, [...path, 'status_code', 'status_codes']);
      case 'trace_flags':
        return found(this.#conditions.sampledFlag());
      case 'trace_state': {
        const { key, values } = policy.trace_state;
        const sorted = [...new Set(values)].sort();
        return found(this.#conditions.traceState([key, sorted], () => new TraceStateTest(key, sorted)));
      }
      case 'string_attribute':
        return this.#string(policy.string_attribute, [...path, 'string_attribute']);
      case 'numeric_attribute':
        return this.#numeric(policy.numeric_attribute, [...path, 'numeric_attribute']);
      case 'boolean_attribute': {
        const { key, value, invert_match: inverted } = policy.boolean_attribute;
        const bit = this.#conditions.attribute(key, ['flag', value], (all, bit) => all.addFlag(bit, value));
        return found(bit, inverted);
      }
      case 'ottl_condition':
        return this.#ottlCondition(policy.ottl_condition, [...path, 'ottl_condition']);
      default:
        return undefined;
    }
  }

  #ottlCondition(config: SharedPolicyConfig['ottl_condition'], path: Path): Judge {
    if (config.span.length + config.spanevent.length === 0)
      this.#fail('expected at least one OTTL condition to filter on', path);
    const description = [config.error_mode, config.span, config.spanevent];
    const mistake = (message: string, at: Path, offset: number | undefined): never =>
      this.#fail(message, at, undefined, offset);
    return found(this.#conditions.ottl(description, () => compileOttl(config, path, this.#ottl, mistake)));
  }

  #limit(rate: number, burst: number, take: (bucket: TokenBucket, trace: TraceSize) => boolean): Judge {
    const bucket = new TokenBucket(this.#clock, rate, burst);
    return { wants: (trace) => take(bucket, trace), limits: true, stateful: true, chances: undefined };
  }

  #statusCode(names: readonly string[], path: Path): Judge {
    if (names.length === 0) this.#fail('expected at least one status code to filter on', path);
    let codes = 0;
    for (const [i, name] of names.entries()) {
      const code = statusCodes.indexOf(name);
      if (code < 0)
        this.#fail(`unknown status code ${JSON.stringify(name)}, supported: OK, ERROR, UNSET`, [...path, i], {
          given: name,
          known: statusCodes,
        });
      codes |= 1 << code;
    }
    return found(this.#conditions.status(codes));
  }

  #string(config: StringConfig, path: Path): Judge {
    const { key, values, invert_match: inverted, cache_max_size: size } = config;
    if (config.enabled_regex_matching) {
      for (const [i, value] of values.entries()) {
        const fault = patternFault(value);
        if (fault !== undefined) this.#fail(`invalid regex \`${value}\`: ${fault}`, [...path, 'values', i]);
      }
      const description = ['patterns', values, size];
      const add = (): PatternSet => new PatternSet(values, size);
      return found(
        this.#conditions.attribute(key, description, (all, bit) => all.addPatterns(bit, add())),
        inverted,
      );
    }
    // An empty text is no value to look for, as in the Collector.
    const sorted = [...new Set(values)].filter((value) => value !== '').sort();
    const bit = this.#conditions.attribute(key, ['texts', sorted], (all, bit) =>
      all.addTexts(bit, new TextSet(sorted)),
    );
    return found(bit, inverted);
  }

  #numeric({ key, min_value: lowest, max_value: highest, invert_match: inverted }: NumericConfig, path: Path): Judge {
    const range = wholeRange(lowest, highest);
    if (range === 'none')
      return this.#fail('numeric_attribute needs min_value, max_value or both', path, 'Both bounds are inclusive.');
    if (range === 'lowest' || range === 'highest')
      return this.#fail('expected a whole number of 64 bits', [
        ...path,
        range === 'lowest' ? 'min_value' : 'max_value',
      ]);
    const bit = this.#conditions.attribute(key, ['numbers', range], (all, bit) => all.addNumbers(bit, range));
    return found(bit, inverted);
  }

  #unknown(type: string, path: Path, known: readonly string[]): never {
    const hint = policyTypes.includes(type)
      ? `A policy of type ${type} cannot stand here, only: ${known.toSorted().join(', ')}.`
      : { given: type, known };
    return this.#fail(`unknown sampling policy type ${type}`.trimEnd(), [...path, 'type'], hint);
  }

  #fail(cause: string, path: Path, hint?: Hint, offset?: number): never {
    const message = `failed to create policy evaluator for ${JSON.stringify(this.#policy)}: ${cause}`;
    throw new ConfigValueError(message, path, hint, offset === undefined ? {} : { at: { offset } });
  }
}

interface TraceSize {
  readonly spans: number;
  readonly bytes: number;
}

function found(bit: Bit, inverted = false): Judge {
  return plainJudge(({ found, foundAt }) => isSet(found, foundAt, bit) !== inverted);
}
