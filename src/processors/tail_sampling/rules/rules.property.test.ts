import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeldClock } from '../../../../test/support/held-world.js';
import { factsOf, heldOttl, TraceGatherer, type GatheredTrace } from '../../../../test/support/trace-facts.js';
import { jsonToProto } from '../../../otlp/json/decode.js';
import { validate } from '../../../otlp/wire/validate.js';
import { config } from '../config.js';
import { createRules } from './create-rules.js';
import { vote } from './rules.js';

/**
 * The policies once more, plain and slow: written from docs/spec/gateway.md#tail-sampling-policies over the JSON of
 * the spans, with its section on what Kanmon does better.
 */
interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Span {
  readonly trace: number;
  readonly attributes: readonly Attribute[];
  readonly status: number;
  readonly flags: number;
  readonly traceState: string;
  readonly start: number;
  readonly end: number;
}

interface Piece {
  readonly resource: readonly Attribute[];
  readonly spans: readonly Span[];
}

interface Policy {
  readonly name: string;
  readonly type: string;
  readonly [section: string]: unknown;
}

interface Trace {
  readonly id: string;
  readonly pieces: readonly Piece[];
  readonly spans: readonly Span[];
  readonly bytes: number;
}

/** The spans that limiters have left, by the policy they belong to. */
type Stock = Map<Policy, { left: number; at: number }>;

class Reference {
  readonly #stock: Stock = new Map();
  readonly #spent: Map<Policy, { second: number; spans: Map<string, number> }> = new Map();
  readonly #clock: HeldClock;

  constructor(clock: HeldClock) {
    this.#clock = clock;
  }

  /** Buckets are filled at the start. */
  open(policies: readonly Policy[]): void {
    for (const policy of policies) {
      const { rate, burst } = limitsOf(policy) ?? {};
      if (rate !== undefined && burst !== undefined) this.#stock.set(policy, { left: burst, at: this.#clock.now() });
      this.open(membersOf(policy));
    }
  }

  wants(policy: Policy, trace: Trace): boolean {
    const options = (policy[policy.type] ?? {}) as Record<string, never>;
    switch (policy.type) {
      case 'always_sample':
        return true;
      case 'latency': {
        const ends = trace.spans.map(({ end }) => end);
        const starts = trace.spans.map(({ start }) => start);
        const ms = Math.max(0, Math.trunc((Math.max(...ends) - Math.min(...starts)) / 1e6));
        const { threshold_ms: lower = 0, upper_threshold_ms: upper = 0 } = options;
        return ms > lower && (upper === 0 || ms <= upper);
      }
      case 'span_count': {
        const { min_spans: least = 0, max_spans: most = 0 } = options;
        return trace.spans.length >= least && (most === 0 || trace.spans.length <= most);
      }
      case 'status_code': {
        const names = (options['status_codes'] ?? []) as readonly string[];
        return trace.spans.some(({ status }) => names.includes(['UNSET', 'OK', 'ERROR'][status] ?? '?'));
      }
      case 'trace_flags':
        return trace.spans.some(({ flags }) => flags % 2 === 1);
      case 'trace_state': {
        const values = ((options['values'] ?? []) as readonly string[]).filter((value) => value !== '');
        return trace.spans.some(({ traceState }) => values.includes(memberOf(traceState, options['key'] ?? '') ?? ''));
      }
      case 'probabilistic': {
        const bytes = Buffer.concat([Buffer.from(options['hash_salt'] ?? ''), Buffer.from(trace.id, 'hex')]);
        let hash = 0xcbf29ce484222325n;
        for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) % (1n << 64n);
        return Number(hash) / 2 ** 64 <= (options['sampling_percentage'] ?? 0) / 100;
      }
      case 'string_attribute':
      case 'numeric_attribute':
      case 'boolean_attribute':
        return (
          hasAttribute(policy.type, options, trace) !== ((options['invert_match'] as boolean | undefined) === true)
        );
      case 'rate_limiting':
        return this.#take(policy, trace.spans.length);
      case 'bytes_limiting':
        return this.#take(policy, trace.bytes);
      case 'and':
      case 'drop':
        return membersOf(policy).every((member) => this.wants(member, trace));
      case 'not':
        return !membersOf(policy).some((member) => this.wants(member, trace));
      default:
        throw new Error(policy.type);
    }
  }

  /** The member that wants the trace, and whether its share allows it. */
  composite(policy: Policy, trace: Trace): { readonly member: string | undefined; readonly passes: boolean } {
    const { composite } = policy as unknown as { composite: CompositeOptions };
    const { composite_sub_policy: members, policy_order: order, rate_allocation: allocated } = composite;
    const ordered = [
      ...order.flatMap((name) => members.filter((member) => member.name === name)),
      ...members.filter(({ name }) => !order.includes(name)),
    ];
    const member = ordered.find((one) => this.wants(one, trace));
    if (!member) return { member: undefined, passes: false };
    const percentOf = (name: string): number => allocated.find((one) => one.policy === name)?.percent ?? 0;
    const others = members.filter(({ name }) => percentOf(name) === 0).length;
    const rest = 100 - members.reduce((sum, { name }) => sum + percentOf(name), 0);
    const percent = percentOf(member.name) === 0 ? Math.max(0, rest) / others : percentOf(member.name);
    const second = Math.floor(this.#clock.unixMs() / 1000);
    let state = this.#spent.get(policy);
    if (state?.second !== second) this.#spent.set(policy, (state = { second, spans: new Map() }));
    const spans = (state.spans.get(member.name) ?? 0) + trace.spans.length;
    const passes = spans <= (composite.max_total_spans_per_second * percent) / 100 + 1e-9;
    if (passes) state.spans.set(member.name, spans);
    return { member: member.name, passes };
  }

  #take(policy: Policy, amount: number): boolean {
    const stock = this.#stock.get(policy);
    const { rate, burst } = limitsOf(policy) ?? { rate: 0, burst: 0 };
    if (!stock) throw new Error('not opened');
    stock.left = Math.min(burst, stock.left + (rate * (this.#clock.now() - stock.at)) / 1000);
    stock.at = this.#clock.now();
    if (stock.left < amount) return false;
    stock.left -= amount;
    return true;
  }
}

interface CompositeOptions {
  readonly max_total_spans_per_second: number;
  readonly policy_order: readonly string[];
  readonly composite_sub_policy: readonly Policy[];
  readonly rate_allocation: readonly { readonly policy: string; readonly percent: number }[];
}

function limitsOf(policy: Policy): { readonly rate: number; readonly burst: number } | undefined {
  const unit = { rate_limiting: 'spans_per_second', bytes_limiting: 'bytes_per_second' }[policy.type];
  if (unit === undefined) return undefined;
  const options = policy[policy.type] as Readonly<Record<string, number>>;
  const rate = options[unit] ?? 0;
  const burst = options['burst_capacity'] ?? 0;
  return { rate, burst: burst === 0 ? rate * 2 : burst };
}

function membersOf(policy: Policy): readonly Policy[] {
  const section = policy[policy.type] as Readonly<Record<string, Policy | readonly Policy[]>> | undefined;
  const members = section?.[`${policy.type}_sub_policy`];
  return Array.isArray(members) ? (members as readonly Policy[]) : members ? [members as Policy] : [];
}

function hasAttribute(type: string, options: Readonly<Record<string, unknown>>, { pieces, spans }: Trace): boolean {
  const first = (attributes: readonly Attribute[]): Readonly<Record<string, unknown>> =>
    attributes.find(({ key }) => key === options['key'])?.value ?? {};
  const ofSpans = spans.map(({ attributes }) => first(attributes));
  const ofResources = pieces.map(({ resource }) => first(resource));
  if (type === 'boolean_attribute')
    return [...ofSpans, ...ofResources].some(({ boolValue }) => boolValue === (options['value'] ?? false));
  if (type === 'numeric_attribute')
    return [...ofSpans, ...ofResources].some(({ intValue }) => {
      if (typeof intValue !== 'string') return false;
      const { min_value: least, max_value: most } = options as { min_value?: number; max_value?: number };
      return (
        (least === undefined || BigInt(intValue) >= BigInt(least)) &&
        (most === undefined || BigInt(intValue) <= BigInt(most))
      );
    });
  const values = (options['values'] ?? []) as readonly string[];
  if (options['enabled_regex_matching'] !== true)
    return [...ofSpans, ...ofResources].some(({ stringValue }) => values.some((v) => v !== '' && v === stringValue));
  const matches = ({ stringValue }: Readonly<Record<string, unknown>>): boolean =>
    typeof stringValue === 'string' && values.some((pattern) => new RegExp(pattern, 'u').test(stringValue));
  return ofSpans.some((value) => value['stringValue'] !== '' && matches(value)) || ofResources.some(matches);
}

/** The value of a member of a `tracestate` that is valid as a whole. */
function memberOf(state: string, key: string): string | undefined {
  const members = state.split(',').filter((member) => member !== '');
  const pairs = members.map((member) => /^[ \t]*([a-z][a-z0-9_\-*/]*)=([ -<>-~]*[!-<>-~])[ \t]*$/.exec(member));
  const keys = pairs.map((pair) => pair?.[1]);
  if (keys.includes(undefined) || new Set(keys).size !== keys.length) return undefined;
  return pairs.find((pair) => pair?.[1] === key)?.[2];
}

/** With which chance a policy chooses among the traces of one kind; undefined when it does not, or nobody knows. */
function chanceOf(policy: Policy): number | undefined {
  const shares = sharesOf(policy);
  if (!shares || shares.size === 0) return undefined;
  return [...shares.values()].reduce((product, share) => product * share, 1);
}

function sharesOf(policy: Policy): Map<string, number> | undefined {
  if (policy.type === 'probabilistic') {
    const { hash_salt: salt, sampling_percentage: percent } = policy['probabilistic'] as ProbabilisticOptions;
    return new Map([[salt, percent / 100]]);
  }
  if (['rate_limiting', 'bytes_limiting', 'composite'].includes(policy.type)) return undefined;
  const all = new Map<string, number>();
  for (const member of membersOf(policy)) {
    const shares = sharesOf(member);
    if (!shares || (policy.type === 'not' && shares.size > 0)) return undefined;
    for (const [salt, share] of shares) all.set(salt, Math.min(share, all.get(salt) ?? 1));
  }
  return all;
}

interface ProbabilisticOptions {
  readonly hash_salt: string;
  readonly sampling_percentage: number;
}

/** The decision, its reason, and the votes, in words. */
function decideSlowly(reference: Reference, policies: readonly Policy[], firstMatch: boolean, trace: Trace): unknown {
  const dropping = policies.filter(({ type }) => type === 'drop');
  const ordered = [...dropping, ...policies.filter(({ type }) => type !== 'drop')];
  const votes = ordered.map(() => 'none');
  let refused: unknown;
  let sampled: { readonly policy: string; readonly subPolicy: string | undefined } | undefined;
  const chances: (number | undefined)[] = [];
  for (const [i, policy] of ordered.entries()) {
    if (sampled && firstMatch) {
      const limited = JSON.stringify(policy).includes('_limiting') || policy.type === 'composite';
      if (!limited && reference.wants(policy, trace)) chances.push(chanceOf(policy));
      continue;
    }
    const { member, passes } =
      policy.type === 'composite'
        ? reference.composite(policy, trace)
        : { member: undefined, passes: reference.wants(policy, trace) };
    votes[i] = passes ? (policy.type === 'drop' ? 'dropped' : 'sampled') : 'notSampled';
    if (!passes && member !== undefined) refused ??= { policy: policy.name, subPolicy: member };
    if (!passes) continue;
    if (policy.type === 'drop') return { decision: 'dropped', policy: policy.name, subPolicy: undefined, votes };
    sampled ??= { policy: policy.name, subPolicy: member };
    chances.push(chanceOf(policy));
  }
  if (!sampled) return { decision: 'not_sampled', ...(refused ?? { policy: undefined, subPolicy: undefined }), votes };
  const chance = chances.includes(undefined) ? undefined : Math.max(...(chances as number[]));
  return { decision: 'sampled', ...sampled, votes, ...(chance === undefined ? {} : { chance: chance.toFixed(9) }) };
}

const keys = fc.constantFrom('k', 'k', 'k', 'k', 'http.route', '');
const texts = fc.constantFrom('', 'a', 'b', 'ab', 'é', '日本語', 'a\nb', '5', 'x'.repeat(200));
const int64 = fc.oneof(fc.constantFrom(0n, -1n, 1n, 5n, 10n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
const values = fc.oneof(
  texts.map((stringValue) => ({ stringValue })),
  int64.map((int) => ({ intValue: String(int) })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.constantFrom(0, 5, 5.5).map((doubleValue) => ({ doubleValue })),
  fc.constantFrom({}, { arrayValue: { values: [{ stringValue: 'a' }] } }, { bytesValue: 'YQ==' }),
);
const attributes = fc.array(fc.record({ key: keys, value: values }), { maxLength: 4 });
const states = fc.constantFrom('', 'v=a', 'v=b', 'w=x,v=a', ' v=a ', 'v=a,v=b', 'v=a,', 'v=a,bad', 'V=a', 'v= a', 'v=');
const span: fc.Arbitrary<Span> = fc.record({
  trace: fc.nat(5),
  attributes,
  status: fc.constantFrom(0, 0, 1, 2, 3),
  flags: fc.constantFrom(0, 1, 256, 257),
  traceState: states,
  start: fc.constantFrom(0, 1_000_000, 5_000_000, 100_999_999),
  end: fc.constantFrom(0, 999_999, 6_000_000, 110_000_000),
});
const pieces: fc.Arbitrary<Piece[]> = fc.array(
  fc.record({ resource: attributes, spans: fc.array(span, { minLength: 1, maxLength: 6 }) }),
  { minLength: 1, maxLength: 4 },
);

const bound = fc.option(fc.constantFrom(-10, -1, 0, 1, 5, 10), { nil: undefined });
const salts = fc.constantFrom('s', 'other');
const sections: Readonly<Record<string, fc.Arbitrary<object>>> = {
  always_sample: fc.constant({}),
  trace_flags: fc.constant({}),
  latency: fc.record({ threshold_ms: fc.constantFrom(0, 5, 99), upper_threshold_ms: fc.constantFrom(0, 5, 110) }),
  span_count: fc.record({ min_spans: fc.nat(4), max_spans: fc.constantFrom(0, 2, 9) }),
  status_code: fc.record({
    status_codes: fc.uniqueArray(fc.constantFrom('OK', 'ERROR', 'UNSET'), { minLength: 1 }),
  }),
  trace_state: fc.record({
    key: fc.constantFrom('v', 'w'),
    values: fc.uniqueArray(fc.constantFrom('a', 'b', ' a', '', 'x')),
  }),
  probabilistic: fc.record({ hash_salt: salts, sampling_percentage: fc.constantFrom(20, 50, 80, 100) }),
  string_attribute: fc.oneof(
    fc.record({ key: keys, values: fc.array(texts, { maxLength: 12 }), invert_match: fc.boolean() }),
    fc.record({
      key: keys,
      values: fc.array(fc.constantFrom('a', '^a$', '^$', 'b$', '[^a-z]', '語', '(a|b)+$', ''), { maxLength: 3 }),
      enabled_regex_matching: fc.constant(true),
      cache_max_size: fc.constantFrom(0, 1, 3),
      invert_match: fc.boolean(),
    }),
  ),
  numeric_attribute: fc
    .record({ key: keys, min_value: bound, max_value: bound, invert_match: fc.boolean() })
    .map(({ min_value: least, max_value: most, ...more }) => ({
      ...more,
      ...(least === undefined && most === undefined ? { min_value: 0 } : {}),
      ...(least === undefined ? {} : { min_value: least }),
      ...(most === undefined ? {} : { max_value: most }),
    })),
  boolean_attribute: fc.record({ key: keys, value: fc.boolean(), invert_match: fc.boolean() }),
  rate_limiting: fc.record({ spans_per_second: fc.nat(4), burst_capacity: fc.nat(6) }),
  bytes_limiting: fc.record({ bytes_per_second: fc.nat(400), burst_capacity: fc.nat(600) }),
};

const policyOf = (type: string, section: fc.Arbitrary<object>): fc.Arbitrary<Policy> =>
  section.map((options) => ({ name: type, type, ...(Object.keys(options).length === 0 ? {} : { [type]: options }) }));
const shared = fc.oneof(...Object.entries(sections).map(([type, section]) => policyOf(type, section)));
const not = policyOf('not', fc.record({ not_sub_policy: shared }));
const members = fc.array(fc.oneof({ weight: 4, arbitrary: shared }, not), { maxLength: 3 });
const and = policyOf('and', fc.record({ and_sub_policy: members }));
const named = (all: readonly Policy[]): Policy[] => all.map((policy, i) => ({ ...policy, name: `p${i}` }));
const composite = policyOf(
  'composite',
  fc
    .record({
      max_total_spans_per_second: fc.constantFrom(0, 3, 10),
      policy_order: fc.uniqueArray(fc.constantFrom('p0', 'p1', 'p2', 'nosuch')),
      composite_sub_policy: fc.array(fc.oneof({ weight: 4, arbitrary: shared }, and), { maxLength: 3 }).map(named),
      rate_allocation: fc.uniqueArray(
        fc.record({ policy: fc.constantFrom('p0', 'p1', 'nosuch'), percent: fc.constantFrom(0, 30, 60) }),
        { selector: ({ policy }) => policy },
      ),
    })
    .map((options) => options),
);
const policies = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: shared },
      { weight: 2, arbitrary: not },
      { weight: 3, arbitrary: and },
      { weight: 2, arbitrary: composite },
      { weight: 1, arbitrary: policyOf('drop', fc.record({ drop_sub_policy: members })) },
    ),
    { maxLength: 6 },
  )
  .map(named);

const idOf = (trace: number): string => `0123456789abcdef0123456789abcde${trace}`;

function encode(some: readonly Piece[]): ReturnType<typeof validate> {
  const request = {
    resourceSpans: some.map(({ resource, spans }) => ({
      resource: { attributes: resource },
      scopeSpans: [
        {
          spans: spans.map(({ trace, status, start, end, ...more }, i) => ({
            ...more,
            traceId: idOf(trace),
            spanId: (i + 1).toString(16).padStart(16, '0'),
            startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(start)),
            endTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(end)),
            status: { code: status },
          })),
        },
      ],
    })),
  };
  return validate('traces', new Uint8Array(jsonToProto('traces', Buffer.from(JSON.stringify(request)))));
}

const voteNames = Object.fromEntries(Object.entries(vote).map(([name, number]) => [number, name]));

test('each decision is that of the reference', async () => {
  await fc.assert(
    fc.asyncProperty(
      policies,
      fc.boolean(),
      fc.array(fc.tuple(pieces, fc.constantFrom(0, 300, 1000)), { minLength: 1, maxLength: 3 }),
      async (all, firstMatch, rounds) => {
        const clock = new HeldClock();
        const rules = createRules(config.parse({ policies: all }).policies, {
          clock,
          strategy: 'trace-complete',
          firstMatch,
          ottl: heldOttl,
        });
        const reference = new Reference(clock);
        reference.open(all.flatMap((policy) => [policy, ...membersOf(policy)]));
        for (const [given, wait] of rounds) {
          const gatherer = new TraceGatherer(rules);
          // A request for each piece, and one with two of them.
          gatherer.add(encode(given.slice(0, 2)));
          for (const piece of given.slice(2)) gatherer.add(encode([piece]));
          for (const gathered of gatherer.traces.values()) {
            gathered.bytes = 100 * gathered.spans;
            const expected = decideSlowly(reference, all, firstMatch, traceOf(gathered, given));
            const outcome = rules.outcomes[rules.decide(factsOf(gathered))];
            const { decision, policy, subPolicy, threshold } = outcome ?? {};
            const chance = threshold && 1 - (threshold.high * 2 ** 28 + threshold.low) / 2 ** 56;
            expect({
              decision,
              policy,
              subPolicy,
              votes: [...rules.votes].map((number) => voteNames[number]),
              ...(chance === undefined ? {} : { chance: chance.toFixed(9) }),
            }).toEqual(expected);
          }
          await clock.pass(wait);
        }
      },
    ),
    { numRuns: 500 },
  );
});

function traceOf({ id, bytes }: GatheredTrace, given: readonly Piece[]): Trace {
  const own = given
    .map(({ resource, spans }) => ({ resource, spans: spans.filter(({ trace }) => idOf(trace) === id) }))
    .filter(({ spans }) => spans.length > 0);
  return { id, pieces: own, spans: own.flatMap(({ spans }) => spans), bytes };
}
