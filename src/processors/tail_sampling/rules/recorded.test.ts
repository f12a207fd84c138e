import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { HeldClock } from '../../../../test/support/held-world.js';
import { factsOf, heldOttl, TraceGatherer } from '../../../../test/support/trace-facts.js';
import { jsonToProto } from '../../../otlp/json/decode.js';
import { collectorSize } from '../../../otlp/parts/collector-size.js';
import { validate } from '../../../otlp/wire/validate.js';
import { config } from '../config.js';
import { createRules } from './create-rules.js';
import { vote, type Verdict, type Rules } from './rules.js';

const folder = path.resolve(import.meta.dirname, '../../../../test/recorded/tail_sampling');

interface Traces {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { readonly traceId: string }[] }[];
  }[];
}

interface Case {
  readonly name: string;
  readonly view: 'summary' | 'counts' | 'bitmap' | 'full';
  readonly groups?: Readonly<Record<string, readonly [number, number]>>;
  readonly config: object;
  readonly phases: readonly {
    readonly send: readonly { readonly traces?: Traces }[];
    readonly wait_ms: number;
  }[];
  readonly expect: { readonly phases: readonly unknown[]; readonly metrics?: readonly string[] };
}

const read = (name: string): Case => JSON.parse(fs.readFileSync(path.join(folder, 'cases', `${name}.json`), 'utf8'));
const ids = fs
  .readFileSync(path.join(folder, 'trace-ids.txt'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' ')[0] ?? '');

/** A span for each line of the list. */
const listed: Traces = {
  resourceSpans: [{ scopeSpans: [{ spans: ids.map((traceId, i) => ({ traceId, spanId: spanId(i + 1) })) }] }],
};

function spanId(n: number): string {
  return n.toString(16).padStart(16, '0');
}

function batchOf(traces: Traces): ReturnType<typeof validate> {
  return validate('traces', new Uint8Array(jsonToProto('traces', Buffer.from(JSON.stringify(traces)))));
}

/** As the Collector stores it: a piece for each resource and trace, in which an empty status takes two bytes. */
function bytesByTrace({ resourceSpans }: Traces): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const resource of resourceSpans)
    for (const id of new Set(resource.scopeSpans.flatMap(({ spans }) => spans.map(({ traceId }) => traceId)))) {
      const scopeSpans = resource.scopeSpans.map((scope) => ({
        ...scope,
        scope: {},
        spans: scope.spans.filter(({ traceId }) => traceId === id).map((span) => ({ status: {}, ...span })),
      }));
      const size = collectorSize(batchOf({ resourceSpans: [{ ...resource, scopeSpans }] }));
      sizes.set(id, (sizes.get(id) ?? 0) + size);
    }
  return sizes;
}

interface Decided {
  readonly id: string;
  readonly spans: number;
  readonly outcome: Verdict;
  readonly votes: readonly number[];
}

function rulesOf(given: object, clock: HeldClock): Rules {
  const { policies, sampling_strategy: strategy, sample_on_first_match: firstMatch } = config.parse(given);
  return createRules(policies, { clock, strategy, firstMatch, ottl: heldOttl });
}

/** The decisions of each phase: all traces whose spans came in it, in the order in which they came. */
async function replay({ config: given, phases }: Case): Promise<{ rules: Rules; phases: Decided[][] }> {
  const clock = new HeldClock();
  const rules = rulesOf(given, clock);
  const decided: Decided[][] = [];
  for (const phase of phases) {
    const gatherer = new TraceGatherer(rules);
    for (const { traces = listed } of phase.send) {
      gatherer.add(batchOf(traces));
      if (traces !== listed)
        for (const [id, bytes] of bytesByTrace(traces)) {
          const trace = gatherer.traces.get(id);
          if (trace) trace.bytes += bytes;
        }
    }
    await clock.pass(1700);
    decided.push(
      [...gatherer.traces.values()].map((trace) => {
        const outcome = rules.outcomes[rules.decide(factsOf(trace))] as Verdict;
        return { id: trace.id, spans: trace.spans, outcome, votes: [...rules.votes] };
      }),
    );
    await clock.pass(phase.wait_ms - 1700);
  }
  return { rules, phases: decided };
}

function seen({ view, groups = {} }: Case, decided: readonly Decided[]): unknown {
  const kept = decided.filter(({ outcome }) => outcome.decision === 'sampled');
  if (view === 'summary') return Object.fromEntries(kept.map(({ id, spans }) => [id, spans]));
  if (view === 'bitmap') {
    const all = new Set(kept.map(({ id }) => id));
    const bits = ids.map((id) => (all.has(id) ? 1 : 0)).join('');
    return bits.replaceAll(/.{4}/g, (four) => Number.parseInt(four, 2).toString(16));
  }
  return Object.fromEntries(
    Object.entries(groups).map(([name, [first, last]]) => {
      const own = kept.filter(({ id }) => BigInt(`0x${id}`) >= first && BigInt(`0x${id}`) <= last);
      return [name, { traces: own.length, spans: own.reduce((sum, { spans }) => sum + spans, 0) }];
    }),
  );
}

/** Our outcome of a case, where it differs from the Collector's on purpose. */
const better: Readonly<Record<string, unknown>> = {
  'latency-upper-prefix': [{}],
  'numeric-max-only': [{ [trace(1)]: 1, [trace(2)]: 1, [trace(11)]: 1, [trace(12)]: 1 }],
  'numeric-negative-min': [
    { [trace(1)]: 1, [trace(2)]: 1, [trace(3)]: 1, [trace(4)]: 1, [trace(5)]: 1, [trace(11)]: 1, [trace(12)]: 1 },
  ],
  'boolean-false': [{ [trace(2)]: 1, [trace(0x15)]: 1, [trace(0x16)]: 1, [trace(0x17)]: 1 }],
  // Asked first, always_sample has the spans of its share for all of them.
  'composite-order': [{ ka: { traces: 5, spans: 5 }, rest: { traces: 3, spans: 3 } }],
  // The first member leaves 4.5 of 9, for two of them.
  'composite-unlisted': [{ ka: { traces: 4, spans: 4 }, kb: { traces: 2, spans: 2 }, rest: { traces: 2, spans: 2 } }],
};

function trace(n: number): string {
  return n.toString(16).padStart(32, '0');
}

/** About times, late spans, room, strategies and shapes: these belong to the processor. */
const ofProcessor =
  /^(block|ingest|late|max-trace|metrics|odd-cache|odd-num-traces|overflow|record|root|shape|shutdown|tracestate)/;
const cases = fs
  .readdirSync(path.join(folder, 'cases'))
  .map((file) => path.basename(file, '.json'))
  .filter((name) => !ofProcessor.test(name));

test.each(cases)('%s', async (name) => {
  const recorded = read(name);
  const { phases } = await replay(recorded);
  expect(phases.map((decided) => seen(recorded, decided))).toEqual(better[name] ?? recorded.expect.phases);
});

test('each difference differs', () => {
  for (const [name, phases] of Object.entries(better)) expect(phases).not.toEqual(read(name).expect.phases);
});

test('bytes of the recorded sizes', () => {
  const [first] = read('bytes-limit').phases[0]?.send ?? [];
  expect([...bytesByTrace(first?.traces as Traces).values()]).toEqual([87]);
});

test('votes of each policy: metrics', async () => {
  const recorded = read('metrics');
  const [first = [], second = []] = (await replay(recorded)).phases;
  const { rules } = await replay(recorded);
  expect(rules.policies).toEqual(['dd', 'er', 'ka']);
  const counts: Record<string, number> = {};
  // In the second phase only the last trace is new.
  for (const { votes } of [...first, ...second.filter(({ id }) => id === trace(6))])
    votes.forEach((said, i) => {
      if (said === vote.none) return;
      const decision = said === vote.sampled ? 'sampled' : said === vote.dropped ? 'dropped' : 'not_sampled';
      const labels = `decision="${decision}",policy="${rules.policies[i]}",sampled="${decision === 'sampled'}"`;
      counts[labels] = (counts[labels] ?? 0) + 1;
    });
  const prefix = 'otelcol_processor_tail_sampling_count_traces_sampled{';
  const lines = recorded.expect.metrics?.filter((line) => line.startsWith(prefix)) ?? [];
  expect(
    Object.entries(counts)
      .map(([labels, count]) => `${prefix}${labels}} ${count}`)
      .sort(),
  ).toEqual(lines.sort());
});

test('the policy that decided: record-policy', async () => {
  const recorded = read('record-policy');
  const { phases } = await replay({ ...recorded, phases: recorded.phases.slice(0, 1) });
  const [exports] = recorded.expect.phases as {
    resourceSpans: { scopeSpans: { scope: { attributes?: Attribute[] }; spans: { traceId: string }[] }[] }[];
  }[][];
  const expected: Record<string, string> = {};
  for (const { scope, spans } of exports?.flatMap((e) => e.resourceSpans.flatMap((r) => r.scopeSpans)) ?? [])
    for (const { traceId } of spans)
      expected[traceId] = (scope.attributes ?? [])
        .filter(({ key }) => key.startsWith('tailsampling.'))
        .map(({ value }) => value.stringValue ?? '')
        .sort()
        .join();
  const got = (phases[0] ?? [])
    .filter(({ outcome }) => outcome.decision === 'sampled')
    .map(({ id, outcome: { policy = '', subPolicy } }) => [
      id,
      [policy, ...(subPolicy === undefined ? [] : [subPolicy])].sort().join(),
    ]);
  expect(Object.fromEntries(got)).toEqual(expected);
});

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
