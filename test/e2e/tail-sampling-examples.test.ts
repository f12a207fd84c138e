import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readLedger, readSeries, sum } from '../support/ledger.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

const folder = path.resolve(import.meta.dirname, '../../examples/tail-sampling');
const programs: Program[] = [];
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop('SIGKILL')));
});

/** A gateway that runs an example, on ports of its own. */
interface Example {
  readonly http: number;
  readonly grpc: number;
  readonly metrics: number;
  /** Resolves when so many traces were decided. */
  decided(traces: number): Promise<void>;
  /** Ends it, and resolves with what its `debug` exporter wrote. */
  ended(): Promise<Seen[]>;
}

/** One span as `debug` writes it. */
interface Seen {
  readonly name: string;
  readonly traceId: string;
  /** Those that say what `tail_sampling` decided. */
  readonly attributes: string;
}

async function start(file: string, env: Record<string, string> = {}): Promise<Example> {
  const [http = 0, grpc = 0, metrics = 0] = await freePorts(3);
  const program = await startProgram(fs.readFileSync(path.join(folder, file), 'utf8'), {
    env: {
      HTTP_PORT: String(http),
      GRPC_PORT: String(grpc),
      METRICS_PORT: String(metrics),
      DECISION_WAIT: '1s',
      ...env,
    },
  });
  programs.push(program);
  const decisions = async (): Promise<number> =>
    sum(await readSeries(metrics, 'kanmon_tail_sampling_decisions'), 'kanmon_tail_sampling_decisions');
  return {
    http,
    grpc,
    metrics,
    decided: (traces) => until(`${traces} decisions`, async () => (await decisions()) === traces),
    async ended() {
      expect(await program.stop()).toBe(0);
      const lines = program.output().matchAll(/^(\S+) ([0-9a-f]{32}) [0-9a-f]{16}(.*)$/gm);
      return Array.from(lines, ([, name = '', traceId = '', all = '']) => {
        const attributes = all
          .split(' ')
          .filter((text) => /^kanmon\.sampling\.(decision|policy|sub_policy)=/.test(text));
        return { name, traceId, attributes: attributes.join(' ') };
      });
    },
  };
}

interface Trace {
  readonly id: string;
  readonly name: string;
  readonly service?: string;
  readonly spans?: number;
  /** Its last span has failed. */
  readonly failed?: boolean;
  readonly ms?: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

const newId = (): string => randomBytes(16).toString('hex');

function many(count: number, trace: Omit<Trace, 'id'>): Trace[] {
  return Array.from({ length: count }, () => ({ ...trace, id: newId() }));
}

const attributesOf = (texts: Readonly<Record<string, string>>): object[] =>
  Object.entries(texts).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** The spans of a trace; the first is its root. */
function spansOf({ id, name, spans = 3, failed = false, ms = 10, attributes = {} }: Trace): object[] {
  const start = 1_700_000_000_000_000_000n;
  return Array.from({ length: spans }, (_, i) => ({
    traceId: id,
    spanId: randomBytes(8).toString('hex'),
    ...(i > 0 ? { parentSpanId: '0123456789abcdef' } : {}),
    name,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + (i === 0 ? BigInt(ms) * 1_000_000n : 1n)),
    attributes: attributesOf(attributes),
    status: failed && i === spans - 1 ? { code: 2 } : {},
  }));
}

/** Sends traces in one request, or of each trace only the span at `place`. */
async function send(port: number, traces: readonly Trace[], place?: number): Promise<void> {
  const resourceSpans = traces.map((trace) => {
    const spans = spansOf(trace);
    return {
      resource: { attributes: attributesOf({ 'service.name': trace.service ?? 'shop' }) },
      scopeSpans: [{ spans: place === undefined ? spans : spans.slice(place, place + 1) }],
    };
  });
  const response = await fetch(`http://localhost:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  expect(response.status).toBe(200);
}

/** The names of traces that came out, with the attributes of their roots. */
function roots(seen: readonly Seen[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, attributes } of seen) found[name] = `${found[name] ?? ''}${attributes}`;
  return found;
}

const kept = (policy: string): string => `kanmon.sampling.decision=sampled kanmon.sampling.policy=${policy}`;

/** Whether `probabilistic` of 10 percent with the default salt chooses a trace: written from the specification. */
function isOfTheTenth(id: string): boolean {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.concat([Buffer.from('default-hash-seed'), Buffer.from(id, 'hex')]))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash <= 0x19999999999999ffn;
}

test('errors-and-slow.yaml keeps these, and late spans follow the decision', async () => {
  const example = await start('errors-and-slow.yaml');
  const failed = { id: newId(), name: 'failed', failed: true };
  const plain = { id: newId(), name: 'plain' };
  await send(example.http, [
    failed,
    plain,
    ...many(1, { name: 'slow', ms: 501 }),
    ...many(1, { name: 'half-a-second', ms: 500 }),
    ...many(1, { name: 'both', failed: true, ms: 2000 }),
  ]);
  await example.decided(5);
  await send(example.http, [
    { ...failed, name: 'failed-late' },
    { ...plain, name: 'plain-late' },
  ]);
  const ledger = await readLedger(example.metrics);
  expect(sum(ledger, 'kanmon_ledger_dropped', { reason: 'not_sampled' })).toBe(6);
  expect(sum(ledger, 'kanmon_ledger_dropped', { reason: 'late_not_sampled' })).toBe(3);
  const seen = await example.ended();
  expect(roots(seen)).toEqual({
    failed: kept('errors'),
    slow: kept('slow'),
    both: kept('errors'),
    // The root span that comes late says nothing.
    'failed-late': '',
  });
  expect(seen).toHaveLength(4 * 3);
});

test('share-of-the-rest.yaml keeps errors, slow traces and the tenth that trace IDs choose', async () => {
  const example = await start('share-of-the-rest.yaml');
  const rest = many(500, { name: 'plain' });
  await send(example.http, [
    ...rest,
    ...many(20, { name: 'failed', failed: true }),
    ...many(20, { name: 'slow', ms: 900 }),
  ]);
  await example.decided(540);
  const seen = await example.ended();
  const count = (wanted: string): number =>
    new Set(seen.filter(({ name }) => name === wanted).map((s) => s.traceId)).size;
  expect([count('failed'), count('slow')]).toEqual([20, 20]);
  expect(new Set(seen.filter(({ name }) => name === 'plain').map(({ traceId }) => traceId))).toEqual(
    new Set(rest.map(({ id }) => id).filter(isOfTheTenth)),
  );
});

test('rate-budget.yaml keeps errors beside the budget, and of the rest what the budget allows', async () => {
  const example = await start('rate-budget.yaml');
  // The errors alone have more spans than the budget.
  const failed = many(30, { name: 'failed', failed: true, spans: 10 });
  await send(example.http, [
    ...many(1, { name: 'too-large', spans: 201 }),
    ...failed,
    ...many(200, { name: 'plain', spans: 10 }),
  ]);
  await example.decided(231);
  const seen = await example.ended();
  const spans = (wanted: string): number => seen.filter(({ name }) => name === wanted).length;
  expect(spans('failed')).toBe(300);
  expect(spans('too-large')).toBe(0);
  // The full bucket, and some more when the machine takes its time over the decisions.
  expect(spans('plain')).toBeGreaterThanOrEqual(200);
  expect(spans('plain')).toBeLessThan(2000);
  expect(new Set(seen.filter(({ attributes }) => attributes !== '').map((s) => `${s.name}:${s.attributes}`))).toEqual(
    new Set([`failed:${kept('errors')}`, `plain:${kept('budget')}`]),
  );
});

test('combined.yaml drops health checks, keeps slow checkouts, and gives the rest its shares', async () => {
  const example = await start('combined.yaml');
  const health = { 'url.path': '/healthz' };
  await send(example.http, [
    ...many(1, { name: 'healthy', attributes: health }),
    ...many(1, { name: 'healthy-and-slow', service: 'checkout', ms: 900, attributes: health }),
    ...many(1, { name: 'unhealthy', attributes: health, failed: true }),
    ...many(1, { name: 'slow-checkout', service: 'checkout', ms: 900 }),
    ...many(1, { name: 'fast-checkout', service: 'checkout' }),
    ...many(1, { name: 'slow-search', service: 'search', ms: 900 }),
    ...many(300, { name: 'flood', spans: 10 }),
  ]);
  await example.decided(306);
  const decisions = await readSeries(example.metrics, 'kanmon_tail_sampling_decisions');
  const count = (labels: Record<string, string>): number => sum(decisions, 'kanmon_tail_sampling_decisions', labels);
  expect(count({ decision: 'dropped', policy: 'health-checks' })).toBe(2);
  const refused = count({ decision: 'not_sampled', policy: 'shares', sub_policy: 'shop' });
  expect(refused).toBeGreaterThan(0);
  const seen = await example.ended();
  const member = (name: string): string => `${kept('shares')} kanmon.sampling.sub_policy=${name}`;
  const { flood, ...others } = roots(seen);
  expect(others).toEqual({
    unhealthy: member('shop'),
    'slow-checkout': kept('slow-checkouts'),
    'fast-checkout': member('others'),
    'slow-search': member('others'),
  });
  expect(flood?.startsWith(member('shop'))).toBe(true);
  const kept300 = seen.filter(({ name }) => name === 'flood').length / 10;
  expect(kept300).toBe(300 - refused);
  // The share of a second, less the trace before them.
  expect(kept300).toBeGreaterThanOrEqual(69);
});

test('dry-run.yaml drops nothing, and says what share-of-the-rest.yaml would have done', async () => {
  const example = await start('dry-run.yaml');
  const rest = many(100, { name: 'plain' });
  await send(example.http, [
    ...rest,
    ...many(1, { name: 'failed', failed: true }),
    ...many(1, { name: 'slow', ms: 900 }),
  ]);
  await example.decided(102);
  expect(sum(await readLedger(example.metrics), 'kanmon_ledger_dropped')).toBe(0);
  const decisions = await readSeries(example.metrics, 'kanmon_tail_sampling_decisions');
  const tenth = rest.filter(({ id }) => isOfTheTenth(id)).length;
  expect(sum(decisions, 'kanmon_tail_sampling_decisions', { decision: 'not_sampled' })).toBe(100 - tenth);
  const seen = await example.ended();
  expect(seen).toHaveLength(102 * 3);
  const saidOf = new Map<string, string>();
  for (const { name, traceId, attributes } of seen)
    if (attributes !== '') saidOf.set(name === 'plain' ? traceId : name, attributes);
  const expected = new Map([
    ['failed', kept('errors')],
    ['slow', kept('slow')],
  ]);
  for (const { id } of rest)
    expected.set(id, isOfTheTenth(id) ? kept('a-tenth') : 'kanmon.sampling.decision=not_sampled');
  expect(saidOf).toEqual(expected);
});

test('tier-1.yaml and two of tier-2.yaml keep traces whole whose spans come one by one', async () => {
  const second = await Promise.all(['a', 'b'].map(() => start('tier-2.yaml', { DECISION_WAIT: '4s' })));
  const [a, b] = second.map(({ grpc }) => `localhost:${grpc}`);
  const first = await start('tier-1.yaml', { TIER_2_A: a ?? '', TIER_2_B: b ?? '' });
  const plain = many(200, { name: 'plain' });
  const failed = many(100, { name: 'failed', failed: true });
  // The failed span of a trace comes last, after its root.
  for (const place of [0, 1, 2]) await send(first.http, [...plain, ...failed], place);
  const decisions = async (): Promise<number> => {
    const rows = await Promise.all(second.map(({ metrics }) => readSeries(metrics, 'kanmon_tail_sampling_decisions')));
    return sum(rows.flat(), 'kanmon_tail_sampling_decisions');
  };
  await until('300 decisions', async () => (await decisions()) === 300);
  const seen = await Promise.all(second.map((example) => example.ended()));
  const traces = seen.map((spans) => new Set(spans.map(({ traceId }) => traceId)));
  expect(seen.flat()).toHaveLength(300);
  expect(traces.map(({ size }) => size > 0)).toEqual([true, true]);
  expect(traces.flatMap((ids) => [...ids]).toSorted()).toEqual(failed.map(({ id }) => id).toSorted());
});
