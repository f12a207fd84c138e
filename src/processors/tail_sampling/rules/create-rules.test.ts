import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { HeldClock } from '../../../../test/support/held-world.js';
import { factsOf, heldOttl, TraceGatherer } from '../../../../test/support/trace-facts.js';
import { ConfigValueError } from '../../../component/config-value-error.js';
import { jsonToProto } from '../../../otlp/json/decode.js';
import { validate } from '../../../otlp/wire/validate.js';
import { config } from '../config.js';
import { createRules } from './create-rules.js';
import { vote, type Verdict, type Rules } from './rules.js';

const id = (n: number): string => n.toString(16).padStart(32, '0');

interface Made {
  readonly rules: Rules;
  readonly clock: HeldClock;
  /** Decides a trace of these spans. */
  readonly decide: ((...spans: readonly object[]) => Verdict) & {
    /** The same below a resource. */
    ofResource(resource: object, ...spans: readonly object[]): Verdict;
  };
}

function made(policies: readonly object[], more: object = {}): Made {
  const clock = new HeldClock();
  const given = config.parse({ policies, ...more });
  const rules = createRules(given.policies, {
    clock,
    strategy: given.sampling_strategy,
    firstMatch: given.sample_on_first_match,
    ottl: heldOttl,
  });
  const ofResource = (resource: object, ...spans: readonly object[]): Verdict => {
    const gatherer = new TraceGatherer(rules);
    const all = spans.map((span) => ({ traceId: id(1), spanId: '0000000000000001', ...span }));
    const request = { resourceSpans: [{ resource, scopeSpans: [{ spans: all }] }] };
    gatherer.add(validate('traces', new Uint8Array(jsonToProto('traces', Buffer.from(JSON.stringify(request))))));
    const [trace] = gatherer.traces.values();
    if (trace === undefined) throw new Error('no spans');
    trace.bytes = 100 * trace.spans;
    return rules.outcomes[rules.decide(factsOf(trace))] as Verdict;
  };
  const decide = (...spans: readonly object[]): Verdict => ofResource({}, ...spans);
  return { rules, clock, decide: Object.assign(decide, { ofResource }) };
}

function faultOf(policies: readonly object[], more: object = {}): ConfigValueError {
  try {
    made(policies, more);
  } catch (error) {
    if (error instanceof ConfigValueError) return error;
    throw error;
  }
  throw new Error('no fault');
}

const attribute = (key: string, value: object): object => ({ attributes: [{ key, value }] });
const text = (name: string, key: string, value: string): object => ({
  name,
  type: 'string_attribute',
  string_attribute: { key, values: [value] },
});
const share = (name: string, percentage: number, salt = ''): object => ({
  name,
  type: 'probabilistic',
  probabilistic: { sampling_percentage: percentage, hash_salt: salt },
});
const error = { name: 'error', type: 'status_code', status_code: { status_codes: ['ERROR'] } };
const all = { name: 'all', type: 'always_sample' };

interface RecordedError {
  readonly name: string;
  readonly config: object;
  readonly mention?: readonly string[];
  readonly either?: string;
  readonly gates?: readonly string[];
  readonly signal?: string;
  readonly expect: {
    readonly validate: { readonly rc: number; readonly output: string };
    readonly run?: { readonly started: boolean; readonly output?: string };
  };
}

const recordedErrors: RecordedError[] = JSON.parse(
  fs.readFileSync(
    path.resolve(import.meta.dirname, '../../../../test/recorded/tail_sampling/config-errors.json'),
    'utf8',
  ),
);

test.each(recordedErrors.filter(({ gates, signal, either }) => !gates && !signal && either === undefined))(
  'config-errors: $name',
  ({ name, config: given, mention = [], expect: { validate: checked, run } }) => {
    const decoded = config.safeParse(given);
    if (checked.rc !== 0) {
      expect(decoded.success).toBe(false);
      for (const part of mention) expect(JSON.stringify(decoded.error?.issues)).toContain(part);
      return;
    }
    if (run?.started === true) {
      expect(decoded.error?.issues).toBeUndefined();
      expect(() => made((given as { policies?: object[] }).policies ?? [], given)).not.toThrow();
      return;
    }
    // A section that cannot stand there is an unknown key before its type is one.
    if (!decoded.success) {
      expect(run?.output).toMatch(/unknown sampling policy type (and|not)$/);
      expect(decoded.error.issues).toMatchObject([{ code: 'unrecognized_keys' }]);
      return;
    }
    const { message } = faultOf((given as { policies: object[] }).policies, given);
    // Mistakes in conditions have words of our own.
    if (name.startsWith('ottl-bad')) expect(message).toMatch(/^failed to create policy evaluator for "o": /);
    else expect(run?.output?.endsWith(`processor: ${message}`)).toBe(true);
  },
);

test('faults name their place', () => {
  expect(faultOf([all, { name: 'x', type: 'string_atribute' }])).toMatchObject({
    path: ['policies', 1, 'type'],
    hint: { given: 'string_atribute', known: expect.arrayContaining(['string_attribute', 'composite']) },
  });
  expect(
    faultOf([{ name: 'x', type: 'and', and: { and_sub_policy: [all, { name: 'y', type: 'drop' }] } }]),
  ).toMatchObject({
    path: ['policies', 0, 'and', 'and_sub_policy', 1, 'type'],
    hint: expect.stringContaining('A policy of type drop cannot stand here'),
  });
  const bad = {
    name: 'y',
    type: 'string_attribute',
    string_attribute: { enabled_regex_matching: true, values: ['a', '('] },
  };
  expect(faultOf([{ name: 'x', type: 'composite', composite: { composite_sub_policy: [bad] } }])).toMatchObject({
    path: ['policies', 0, 'composite', 'composite_sub_policy', 0, 'string_attribute', 'values', 1],
  });
  const numeric = { name: 'x', type: 'numeric_attribute', numeric_attribute: { key: 'k' } };
  expect(faultOf([numeric]).message).toContain('numeric_attribute needs min_value, max_value or both');
  for (const max_value of ['5', true, 2 ** 63, 1n << 63n, Number.NaN])
    expect(faultOf([{ ...numeric, numeric_attribute: { key: 'k', min_value: 1, max_value } }])).toMatchObject({
      path: ['policies', 0, 'numeric_attribute', 'max_value'],
    });
  expect(faultOf([{ name: 'x', type: 'ottl_condition', ottl_condition: { span: ['name = "a"'] } }])).toMatchObject({
    message: expect.stringContaining('failed to create policy evaluator for "x"'),
    path: ['policies', 0, 'ottl_condition', 'span', 0],
    at: { offset: 5 },
  });
});

test('a stateful policy is found in its wrappings', () => {
  const rate = { name: 'r', type: 'rate_limiting', rate_limiting: { spans_per_second: 1 } };
  for (const policy of [
    { name: 'x', type: 'not', not: { not_sub_policy: rate } },
    { name: 'x', type: 'drop', drop: { drop_sub_policy: [{ name: 'n', type: 'not', not: { not_sub_policy: rate } }] } },
  ])
    expect(faultOf([policy], { sampling_strategy: 'span-ingest' }).message).toContain('but policy "x" is stateful');
});

test('equal conditions are one, whatever wraps them', () => {
  const not = { name: 'n', type: 'not', not: { not_sub_policy: text('s', 'k', 'a') } };
  const inverted = {
    name: 'i',
    type: 'string_attribute',
    string_attribute: { key: 'k', values: ['a', 'a', ''], invert_match: true },
  };
  const same = [not, inverted, ...Array.from({ length: 40 }, (_, i) => text(`s${i}`, 'k', 'a'))];
  const { rules } = made(same);
  expect(rules.words).toBe(1);
  expect(rules.conditions).toEqual(['["attribute","k","texts",["a"]]']);
});

test('a condition has the same description in other policies', () => {
  const before = made([error, text('s', 'k', 'a')]).rules.conditions;
  const after = made([text('t', 'k', 'b'), text('renamed', 'k', 'a'), error]).rules.conditions;
  expect(after.map((one) => before.indexOf(one))).toEqual([-1, 1, 0]);
});

test('more conditions than a word has bits', () => {
  const policies = Array.from({ length: 70 }, (_, i) => text(`s${i}`, `k${i % 7}`, `v${i}`));
  const { rules, decide } = made(policies);
  expect(rules.words).toBe(3);
  for (const i of [0, 31, 32, 63, 64, 69])
    expect(decide(attribute(`k${i % 7}`, { stringValue: `v${i}` })).policy).toBe(`s${i}`);
  expect(decide(attribute('k0', { stringValue: 'v1' })).decision).toBe('not_sampled');
});

test('an expression matches the empty text of a resource, not that of a span', () => {
  const { decide } = made([
    {
      name: 'x',
      type: 'string_attribute',
      string_attribute: { key: 'k', values: ['^$'], enabled_regex_matching: true },
    },
  ]);
  const empty = attribute('k', { stringValue: '' });
  expect(decide(empty).decision).toBe('not_sampled');
  expect(decide(attribute('k', { intValue: '5' })).decision).toBe('not_sampled');
  expect(decide.ofResource(empty, {}).decision).toBe('sampled');
  expect(decide.ofResource(attribute('k', { intValue: '5' }), {}).decision).toBe('not_sampled');
});

test('0 is a bound, and bounds have 64 bits', () => {
  const { decide } = made([
    { name: 'zero', type: 'numeric_attribute', numeric_attribute: { key: 'n', min_value: 0, max_value: 0 } },
    { name: 'low', type: 'numeric_attribute', numeric_attribute: { key: 'n', max_value: -9007199254740993n } },
    { name: 'high', type: 'numeric_attribute', numeric_attribute: { key: 'n', min_value: 9007199254740993n } },
  ]);
  const by = (intValue: string): string | undefined => decide(attribute('n', { intValue })).policy;
  expect(by('0')).toBe('zero');
  expect(by('-1')).toBeUndefined();
  expect(by('-9007199254740992')).toBeUndefined();
  expect(by('-9007199254740993')).toBe('low');
  expect(by('-9223372036854775808')).toBe('low');
  expect(by('9007199254740992')).toBeUndefined();
  expect(by('9007199254740993')).toBe('high');
  expect(by('9223372036854775807')).toBe('high');
});

test('a limiter fills up again', async () => {
  const { clock, decide } = made([{ name: 'r', type: 'rate_limiting', rate_limiting: { spans_per_second: 2 } }]);
  const passes = (spans: number): boolean =>
    decide(...Array.from({ length: spans }, () => ({}))).decision === 'sampled';
  expect([passes(5), passes(3), passes(2), passes(1), passes(1)]).toEqual([false, true, false, true, false]);
  await clock.pass(499);
  expect(passes(1)).toBe(false);
  await clock.pass(1);
  expect(passes(1)).toBe(true);
  await clock.pass(60_000);
  expect([passes(4), passes(1)]).toEqual([true, false]);
});

test('bytes are limited like spans', async () => {
  const limits = { bytes_per_second: 100, burst_capacity: 250 };
  const { clock, decide } = made([{ name: 'b', type: 'bytes_limiting', bytes_limiting: limits }]);
  const decisions = [decide({}), decide({}), decide({})].map(({ decision }) => decision);
  expect(decisions).toEqual(['sampled', 'sampled', 'not_sampled']);
  await clock.pass(500);
  expect(decide({}).decision).toBe('sampled');
});

test('a limiter behind a condition in `and` is asked only when the condition holds', () => {
  const rate = { name: 'r', type: 'rate_limiting', rate_limiting: { spans_per_second: 1, burst_capacity: 1 } };
  const { decide } = made([{ name: 'x', type: 'and', and: { and_sub_policy: [error, rate] } }]);
  expect(decide({}).decision).toBe('not_sampled');
  expect(decide({ status: { code: 2 } }).decision).toBe('sampled');
  expect(decide({ status: { code: 2 } }).decision).toBe('not_sampled');
});

test('a composite says which member decided, and whose share was used up, by the second of the clock', async () => {
  const { rules, clock, decide } = made([
    {
      name: 'c',
      type: 'composite',
      composite: {
        max_total_spans_per_second: 3,
        policy_order: ['error', 'nosuch'],
        composite_sub_policy: [text('a', 'k', 'a'), error],
        rate_allocation: [{ policy: 'error', percent: 67 }],
      },
    },
  ]);
  const failed = { status: { code: 2 } };
  expect(decide(failed)).toMatchObject({ decision: 'sampled', policy: 'c', subPolicy: 'error' });
  expect(decide(failed, failed)).toMatchObject({ decision: 'not_sampled', policy: 'c', subPolicy: 'error' });
  expect([...rules.votes]).toEqual([vote.notSampled]);
  expect(decide(failed).decision).toBe('sampled');
  // 33 percent of 3 spans are less than one.
  expect(decide(attribute('k', { stringValue: 'a' }))).toMatchObject({ decision: 'not_sampled', subPolicy: 'a' });
  expect(decide({})).toMatchObject({ decision: 'not_sampled', policy: undefined, subPolicy: undefined });
  expect(decide(failed).decision).toBe('not_sampled');
  await clock.pass(1000);
  expect(decide(failed).decision).toBe('sampled');
});

test('a composite that refuses does not keep others from sampling', () => {
  const composite = { name: 'c', type: 'composite', composite: { composite_sub_policy: [all] } };
  expect(made([composite, { ...all, name: 'later' }]).decide({})).toMatchObject({
    decision: 'sampled',
    policy: 'later',
  });
});

const threshold = (ratio: number): object => {
  const rejected = (1n << 56n) - BigInt(Math.round(ratio * 2 ** 56));
  return { high: Number(rejected >> 28n), low: Number(rejected & 0xfffffffn) };
};

test('the threshold of a share', () => {
  // The hash of trace 1 lies at 88 percent.
  expect(made([share('p', 88)]).decide({}).decision).toBe('not_sampled');
  expect(made([share('p', 90)]).decide({})).toMatchObject({ policy: 'p', threshold: threshold(0.9) });
  expect(made([share('p', 100)]).decide({}).threshold).toEqual({ high: 0, low: 0 });
  expect(made([share('p', 0)]).decide({}).decision).toBe('not_sampled');
  // The larger share has the lower threshold.
  expect(made([share('p', 90), share('q', 95)]).decide({})).toMatchObject({ policy: 'p', threshold: threshold(0.95) });
  const both = { name: 'x', type: 'and', and: { and_sub_policy: [share('p', 90), share('q', 95), all] } };
  expect(made([both]).decide({})).toMatchObject({ policy: 'x', threshold: threshold(0.9) });
});

test('a trace that another policy wants for certain has no threshold', () => {
  const failed = { status: { code: 2 } };
  for (const sample_on_first_match of [false, true]) {
    const { decide } = made([share('p', 90), share('q', 95), error], { sample_on_first_match });
    expect(decide(failed)).toMatchObject({ policy: 'p', threshold: undefined });
    expect(decide({})).toMatchObject({ policy: 'p', threshold: threshold(0.95) });
  }
});

test('a policy that drops votes first and ends the vote', () => {
  const drop = { name: 'd', type: 'drop', drop: { drop_sub_policy: [error] } };
  const { rules, decide } = made([all, drop, { ...all, name: 'more' }], { sample_on_first_match: true });
  expect(rules.policies).toEqual(['d', 'all', 'more']);
  expect(decide({ status: { code: 2 } })).toMatchObject({ decision: 'dropped', policy: 'd' });
  expect([...rules.votes]).toEqual([vote.dropped, vote.none, vote.none]);
  expect(decide({})).toMatchObject({ decision: 'sampled', policy: 'all' });
  expect([...rules.votes]).toEqual([vote.notSampled, vote.sampled, vote.none]);
});

test('a status code that nobody has defined matches none', () => {
  const any = { name: 'any', type: 'status_code', status_code: { status_codes: ['OK', 'ERROR', 'UNSET'] } };
  const { decide } = made([any]);
  expect([0, 1, 2, 3, 32, 34, -30].map((code) => decide({ status: { code } }).decision === 'sampled')).toEqual(
    [true, true, true].concat(Array.from({ length: 4 }, () => false)),
  );
});
