import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTraceState, ROOT_CONTEXT, SpanStatusCode, trace as traceApi, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resources, tracing } from '@opentelemetry/sdk-node';
import { afterAll, expect, test } from 'vitest';
import { readLedger, sum } from '../support/ledger.js';
import { freePorts, startProgram, until } from '../support/program.js';

/** `KANMON_TAIL_TRACES=200000` is the full size. */
const traces = Number(process.env['KANMON_TAIL_TRACES'] ?? 10_000);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-tail-two-tiers-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const text = (name: string, key: string, values: readonly string[], more: object = {}): object => ({
  ...{ name, type: 'string_attribute', string_attribute: { key, values, ...more } },
});

const policies = [
  { name: 'health', type: 'drop', drop: { drop_sub_policy: [text('path', 'url.path', ['/health'])] } },
  { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
  { name: 'slow', type: 'latency', latency: { threshold_ms: 500, upper_threshold_ms: 2000 } },
  text('tenants', 'tenant', ['^gold-', 'platinum'], { enabled_regex_matching: true }),
  {
    name: 'server-errors',
    type: 'numeric_attribute',
    numeric_attribute: { key: 'http.status', min_value: 500, max_value: 599 },
  },
  { name: 'debug', type: 'boolean_attribute', boolean_attribute: { key: 'debug', value: true } },
  { name: 'vendor', type: 'trace_state', trace_state: { key: 'vendor', values: ['keep'] } },
  {
    name: 'large-elsewhere',
    type: 'and',
    and: {
      and_sub_policy: [
        { name: 'elsewhere', type: 'not', not: { not_sub_policy: text('eu', 'region', ['eu']) } },
        { name: 'large', type: 'span_count', span_count: { min_spans: 7, max_spans: 7 } },
      ],
    },
  },
  {
    name: 'flagged',
    type: 'and',
    and: {
      and_sub_policy: [{ name: 'sampled', type: 'trace_flags' }, text('mode', 'mode', ['flagged'])],
    },
  },
  {
    name: 'vips',
    type: 'and',
    and: {
      and_sub_policy: [
        text('not-a-robot', 'robot', ['yes'], { invert_match: true }),
        { name: 'vip', type: 'boolean_attribute', boolean_attribute: { key: 'vip', value: true } },
      ],
    },
  },
  { name: 'share', type: 'probabilistic', probabilistic: { sampling_percentage: 5, hash_salt: 'salt' } },
];

/** The special properties of a trace. */
interface Plan {
  readonly spans: number;
  /** The span that has what is special. */
  readonly at: number;
  readonly ms: number;
  readonly failed: boolean;
  readonly vendor: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** A number from 0 to 2^32 that looks random, by place and purpose: the same in each run. */
function mixed(i: number, purpose: number): number {
  let x = (i * 0x9e3779b1 + purpose * 0x85ebca6b) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

function planOf(i: number): Plan {
  const one = <T>(purpose: number, ...choices: readonly T[]): T => choices[mixed(i, purpose) % choices.length] as T;
  const rare = (purpose: number): boolean => mixed(i, purpose) % 20 === 0;
  const spans = 3 + (mixed(i, 1) % 5);
  const attributes: Record<string, string | number | boolean> = { region: one(2, 'eu', 'us', 'jp') };
  if (rare(3)) attributes['url.path'] = one(4, '/health', '/healthy');
  if (rare(5)) attributes['tenant'] = one(6, 'gold-1', 'silver', 'is-platinum', 'not-gold-');
  if (rare(7)) attributes['http.status'] = one(8, 499, 500, 599, 600, 503);
  if (rare(9)) attributes['debug'] = one<boolean | string>(10, true, false, 'true');
  if (rare(11)) attributes['mode'] = one(12, 'flagged', 'other');
  if (rare(13)) attributes['vip'] = true;
  if (rare(14) || rare(13)) attributes['robot'] = one(15, 'yes', 'no');
  return {
    ...{ spans, attributes },
    at: mixed(i, 16) % spans,
    ms: one(17, 1, 20, 499, 500, 501, 1999, 2000, 2001, 5),
    failed: rare(18),
    vendor: rare(19) ? one(20, 'keep', 'drop') : '',
  };
}

/** The verdict of the policies, written from the specification and for reading, not for speed. */
function isKept(plan: Plan, traceId: string): boolean {
  const { attributes: has, spans, ms } = plan;
  if (has['url.path'] === '/health') return false;
  const tenant = String(has['tenant'] ?? '');
  const status = has['http.status'];
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.concat([Buffer.from('salt'), Buffer.from(traceId, 'hex')]))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return (
    plan.failed ||
    (ms > 500 && ms <= 2000) ||
    tenant.startsWith('gold-') ||
    tenant.includes('platinum') ||
    (typeof status === 'number' && status >= 500 && status <= 599) ||
    has['debug'] === true ||
    plan.vendor === 'keep' ||
    (has['region'] !== 'eu' && spans === 7) ||
    has['mode'] === 'flagged' ||
    (has['vip'] === true && has['robot'] !== 'yes') ||
    hash <= (0xffffffffffffffffn * 5n) / 100n
  );
}

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
}

test(
  `three samplers behind a first tier decide ${traces} traces of real clients as a reference does, each whole and once`,
  { timeout: 180_000 + traces * 6 },
  async () => {
    const [grpc = 0, http = 0, metrics = 0, ...ports] = await freePorts(9);
    const samplers = await Promise.all(
      [0, 1, 2].map((i) =>
        startProgram(
          JSON.stringify({
            receivers: {
              otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${ports[i]}`, max_recv_msg_size_mib: 16 } } },
            },
            processors: { tail_sampling: { decision_wait: '10s', num_traces: 1_000_000, policies } },
            exporters: { file: { path: path.join(folder, `${i}.json`), flush_interval: '200ms' } },
            service: {
              telemetry: {
                metrics: {
                  readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: ports[i + 3] } } } }],
                },
              },
              pipelines: { traces: { receivers: ['otlp'], processors: ['tail_sampling'], exporters: ['file'] } },
            },
          }),
        ),
      ),
    );
    const hostnames = [0, 1, 2].map((i) => `127.0.0.1:${ports[i]}`);
    const first = await startProgram(
      JSON.stringify({
        receivers: {
          otlp: { protocols: { grpc: { endpoint: `127.0.0.1:${grpc}` }, http: { endpoint: `127.0.0.1:${http}` } } },
        },
        exporters: {
          load_balancing: {
            routing_key: 'traceID',
            protocol: { otlp: { tls: { insecure: true } } },
            resolver: { static: { hostnames } },
          },
        },
        service: {
          telemetry: {
            metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: metrics } } } }] },
          },
          pipelines: { traces: { receivers: ['otlp'], exporters: ['load_balancing'] } },
        },
      }),
    );
    // Each trace has spans from all of them, so that it comes in several requests and over both protocols.
    const providers = [
      new GrpcExporter({ url: `http://127.0.0.1:${grpc}` }),
      new JsonExporter({ url: `http://127.0.0.1:${http}/v1/traces` }),
      new ProtoExporter({ url: `http://127.0.0.1:${http}/v1/traces` }),
    ].map(
      (exporter, i) =>
        new tracing.BasicTracerProvider({
          resource: resources.resourceFromAttributes({ 'service.name': `client-${i}` }),
          spanProcessors: [
            new tracing.BatchSpanProcessor(exporter, {
              maxQueueSize: 200_000,
              maxExportBatchSize: 2000,
              scheduledDelayMillis: 20,
            }),
          ],
        }),
    );
    const tracers = providers.map((provider) => provider.getTracer('tail'));
    const expected = new Map<string, string[]>();
    let sent = 0;
    let dropped = 0;
    const base = Date.UTC(2026, 0, 1);
    for (let i = 0; i < traces; i++) {
      const plan = planOf(i);
      const traceId = [1, 2, 3, 4]
        .map((n) =>
          mixed(i, 100 + n)
            .toString(16)
            .padStart(8, '0'),
        )
        .join('');
      const parent = traceApi.setSpanContext(ROOT_CONTEXT, {
        ...{ traceId, spanId: '00000000000000ff', traceFlags: TraceFlags.SAMPLED, isRemote: true },
        ...(plan.vendor === '' ? {} : { traceState: createTraceState(`vendor=${plan.vendor}`) }),
      });
      const ids: string[] = [];
      for (let k = 0; k < plan.spans; k++) {
        // The whole trace is as long as its special span.
        const attributes = k === plan.at ? plan.attributes : {};
        const span = tracers[(i + k) % tracers.length]?.startSpan(`s${k}`, { startTime: base, attributes }, parent);
        if (k === plan.at && plan.failed) span?.setStatus({ code: SpanStatusCode.ERROR });
        span?.end(base + (k === plan.at ? plan.ms : 0));
        if (span) ids.push(span.spanContext().spanId);
      }
      sent += plan.spans;
      if (isKept(plan, traceId)) expected.set(traceId, ids.toSorted());
      else dropped += plan.spans;
      if (i % 500 === 499) await Promise.all(providers.map((provider) => provider.forceFlush()));
    }
    await Promise.all(providers.map((provider) => provider.shutdown()));
    const held = async (port: number): Promise<number> => sum(await readLedger(port), 'kanmon_ledger_held');
    await until('the first tier to hand everything on', async () => (await held(metrics)) === 0);
    expect(sum(await readLedger(metrics), 'kanmon_ledger_accepted')).toBe(sent);
    for (const port of ports.slice(3, 6)) await until('all decisions', async () => (await held(port)) === 0);
    const books = (await Promise.all(ports.slice(3, 6).map((port) => readLedger(port)))).flat();
    for (const program of [first, ...samplers]) {
      expect(await program.stop()).toBe(0);
      expect(program.output()).toContain('The ledger balances');
    }
    const arrived = new Map<string, string[]>();
    for (const i of [0, 1, 2])
      for (const line of fs.readFileSync(path.join(folder, `${i}.json`), 'utf8').split('\n')) {
        if (line === '') continue;
        const body = JSON.parse(line) as { resourceSpans: { scopeSpans: { spans: JsonSpan[] }[] }[] };
        for (const { traceId, spanId } of body.resourceSpans.flatMap((r) => r.scopeSpans).flatMap((s) => s.spans)) {
          const ids = arrived.get(traceId) ?? [];
          arrived.set(traceId, ids);
          ids.push(spanId);
        }
      }
    const wrong = [...new Set([...expected.keys(), ...arrived.keys()])].filter(
      (traceId) => expected.get(traceId)?.join(' ') !== arrived.get(traceId)?.toSorted().join(' '),
    );
    expect(wrong).toEqual([]);
    expect(expected.size).toBeGreaterThan(traces / 4);
    const reasons = sum(books, 'kanmon_ledger_dropped', { component: 'tail_sampling' });
    expect(reasons).toBe(dropped);
  },
);
