import { any, flag, float, group, int, list, text, type Schema, type Shape } from '../../../component/schema/schema.js';

/** Options of the policies that may stand anywhere (docs/spec/gateway.md#tail-sampling-policies). */
export interface SharedPolicyConfig {
  readonly name: string;
  readonly type: string;
  readonly latency: { readonly threshold_ms: number; readonly upper_threshold_ms: number };
  readonly numeric_attribute: NumericConfig;
  readonly probabilistic: { readonly hash_salt: string; readonly sampling_percentage: number };
  readonly status_code: { readonly status_codes: readonly string[] };
  readonly string_attribute: StringConfig;
  readonly boolean_attribute: { readonly key: string; readonly value: boolean; readonly invert_match: boolean };
  readonly rate_limiting: { readonly spans_per_second: number; readonly burst_capacity: number };
  readonly bytes_limiting: { readonly bytes_per_second: number; readonly burst_capacity: number };
  readonly span_count: { readonly min_spans: number; readonly max_spans: number };
  readonly trace_state: { readonly key: string; readonly values: readonly string[] };
  readonly ottl_condition: {
    readonly error_mode: string;
    readonly span: readonly string[];
    readonly spanevent: readonly string[];
  };
}

/** A bound is a number, a bigint beyond 2^53, or absent: 0 is a bound like any other. */
export interface NumericConfig {
  readonly key: string;
  readonly min_value: unknown;
  readonly max_value: unknown;
  readonly invert_match: boolean;
}

export interface StringConfig {
  readonly key: string;
  readonly values: readonly string[];
  readonly enabled_regex_matching: boolean;
  readonly cache_max_size: number;
  readonly invert_match: boolean;
}

export interface NotConfig {
  readonly not_sub_policy: SharedPolicyConfig;
}

/** A member of `and` or `drop`. */
export interface MemberPolicyConfig extends SharedPolicyConfig {
  readonly not: NotConfig;
}

export interface AndConfig {
  readonly and_sub_policy: readonly MemberPolicyConfig[];
}

/** A member of `composite`. */
export interface CompositeMemberConfig extends SharedPolicyConfig {
  readonly and: AndConfig;
}

export interface CompositeConfig {
  readonly max_total_spans_per_second: number;
  readonly policy_order: readonly string[];
  readonly composite_sub_policy: readonly CompositeMemberConfig[];
  readonly rate_allocation: readonly { readonly policy: string; readonly percent: number }[];
}

export interface PolicyConfig extends MemberPolicyConfig {
  readonly and: AndConfig;
  readonly drop: { readonly drop_sub_policy: readonly MemberPolicyConfig[] };
  readonly composite: CompositeConfig;
}

const invertMatch = (): Schema<boolean> =>
  flag(false, { about: 'Wants the traces in which nothing matches, those without the attribute too.' });

const attributeKey = (): Schema<string> => text('', { about: 'Name of an attribute of the span or of its resource.' });

const shared: Shape<SharedPolicyConfig> = {
  name: text('', { about: 'Names the policy in metrics and reasons; unique among the policies.' }),
  type: text('', { about: 'Kind of policy; its options stand in the section of that name.' }),
  latency: group({
    threshold_ms: int(0, { about: 'The trace must last longer.', unit: 'ms' }),
    upper_threshold_ms: int(0, { about: 'But not longer than this; 0 sets no bound.', unit: 'ms' }),
  }),
  numeric_attribute: group({
    key: attributeKey(),
    min_value: any({ about: 'Lowest whole number that matches; none when it is not set. A fraction is cut.' }),
    max_value: any({ about: 'The highest; one of the two must be set.' }),
    invert_match: invertMatch(),
  }),
  probabilistic: group({
    hash_salt: text('', {
      about: 'Hashed before the trace ID: gateways that must decide alike have the same. Empty: `default-hash-seed`.',
    }),
    sampling_percentage: float(0, { about: 'Share of the traces.', unit: '%' }),
  }),
  status_code: group({ status_codes: list(text(), [], { about: '`OK`, `ERROR` or `UNSET`; a span must have one.' }) }),
  string_attribute: group({
    key: attributeKey(),
    values: list(text(), [], { about: 'Texts, or regular expressions; one of them must match.' }),
    enabled_regex_matching: flag(false, {
      about: '`values` are regular expressions in the syntax of RE2, which match anywhere in the text.',
    }),
    cache_max_size: int(0, {
      about: 'Texts whose match with the expressions is remembered, at most 65536; 0 or less: 128.',
    }),
    invert_match: invertMatch(),
  }),
  boolean_attribute: group({
    key: attributeKey(),
    value: flag(false, { about: 'The value that matches.' }),
    invert_match: invertMatch(),
  }),
  rate_limiting: group({
    spans_per_second: int(0, { about: 'Spans that pass on average.' }),
    burst_capacity: int(0, {
      about: 'Spans that may pass at once; 0: those of two seconds. Larger traces never pass.',
    }),
  }),
  bytes_limiting: group({
    bytes_per_second: int(0, { about: 'Bytes that pass on average.' }),
    burst_capacity: int(0, {
      about: 'Bytes that may pass at once; 0: those of two seconds. Larger traces never pass.',
    }),
  }),
  span_count: group({
    min_spans: int(0, { about: 'Fewest spans of the trace.' }),
    max_spans: int(0, { about: 'Most spans of the trace; 0 sets no bound.' }),
  }),
  trace_state: group({
    key: text('', { about: 'Key of a member of the W3C `tracestate`.' }),
    values: list(text(), [], { about: 'Values, of which a span must have one.' }),
  }),
  ottl_condition: group({
    error_mode: text(
      '',
      { about: '`ignore`, the default, `silent` or `propagate`: after a failure the policy does not want the trace.' },
      errorMode,
    ),
    span: list(text(), [], { about: 'Conditions on spans.' }),
    spanevent: list(text(), [], { about: 'Conditions on events of spans.' }),
  }),
};

const not: Schema<NotConfig> = group({ not_sub_policy: group<SharedPolicyConfig>(shared) });
const member: Schema<MemberPolicyConfig> = group<MemberPolicyConfig>({ ...shared, not });
const and: Schema<AndConfig> = group({
  and_sub_policy: list(member, [], {
    about: 'Policies that must all want the trace: none of `and`, `drop`, `composite`.',
  }),
});

/** One element of `policies`. Of its sections the one that `type` names counts; the others may stand there as well. */
export const policyConfig: Schema<PolicyConfig> = group<PolicyConfig>({
  ...shared,
  and,
  not,
  drop: group({
    drop_sub_policy: list(member, [], { about: 'A trace that all of these want is dropped; members as in `and`.' }),
  }),
  composite: group<CompositeConfig>({
    max_total_spans_per_second: int(0, { about: 'The whole of the shares, in spans of each second of the clock.' }),
    policy_order: list(text(), [], { about: 'Names of members in the order in which they are asked.' }),
    composite_sub_policy: list(group<CompositeMemberConfig>({ ...shared, and }), [], {
      about: 'The first of these that wants the trace decides: none of `not`, `drop`, `composite`.',
    }),
    rate_allocation: list(
      group({
        policy: text('', { about: 'Name of a member.' }),
        percent: int(0, { about: 'Its share of `max_total_spans_per_second`.', unit: '%' }),
      }),
      [],
      { about: 'Shares of members; the others share the rest evenly.' },
    ),
  }),
});

function errorMode(value: string): string | undefined {
  return ['', 'ignore', 'silent', 'propagate'].includes(value) ? undefined : `unknown error mode ${value}`;
}
