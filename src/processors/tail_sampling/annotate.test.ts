import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { jsonText } from '../../otlp/json/encode.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { TailSampling } from './tail-sampling.js';

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface Span {
  readonly name: string;
  readonly attributes?: readonly Attribute[];
}

const policies = [
  { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
  { name: 'half', type: 'probabilistic', probabilistic: { sampling_percentage: 50 } },
];

/** The spans that are kept of these traces: each by name, with the attributes that say why. */
async function sampled(options: object, spans: readonly object[]): Promise<Record<string, Record<string, unknown>>> {
  const world = heldWorld();
  const out: Record<string, Record<string, unknown>> = {};
  const consume = async (batch: Batch): Promise<void> => {
    const { resourceSpans } = JSON.parse(jsonText('traces', batch.bytes)) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
    };
    for (const { scopeSpans } of resourceSpans)
      for (const { name, attributes = [] } of scopeSpans.flatMap((scope) => scope.spans))
        out[name] = Object.fromEntries(
          attributes.map(({ key, value }) => [key.replace('kanmon.sampling.', ''), Object.values(value)[0]]),
        );
  };
  const sampler = new TailSampling(
    config.parse({ decision_wait: '1s', policies, decision_cache: { sampled_cache_size: 1 }, ...options }),
    world.context,
    { consume },
  );
  sampler.start();
  const request = { resourceSpans: [{ scopeSpans: [{ spans }] }] };
  await sampler.consume(validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(request)))), emptyContext);
  await world.clock.pass(2000);
  await sampler.shutdown(new AbortController().signal);
  return out;
}

const id = (trace: number): string => trace.toString(16).padStart(32, '0');
const parentSpanId = '00000000000000aa';
const failed = { code: 2 };
/** FNV-1a of the last one is in the lower half. */
const spans = [
  { traceId: id(1), name: 'a-root', status: failed },
  { traceId: id(1), name: 'a-child', parentSpanId },
  { traceId: id(2), name: 'b-root', parentSpanId: '0000000000000000', status: failed },
  { traceId: 'f'.repeat(32), name: 'c-root' },
  { traceId: '5b8aa5a2d2c872e8321cf37308d69df2', name: 'd-root' },
];

test('root spans say why their trace was kept, with its chance and its spans, whatever is remembered', async () => {
  expect(await sampled({ record_decision: true }, spans)).toEqual({
    'a-root': { decision: 'sampled', policy: 'errors', spans: '2' },
    'a-child': {},
    'b-root': { decision: 'sampled', policy: 'errors', spans: '1' },
    'c-root': { decision: 'sampled', policy: 'half', probability: 0.5, spans: '1' },
  });
});

test('a dry run drops nothing, neither large traces nor those of the end, and says what would have been', async () => {
  const limits = { maximum_trace_size_bytes: 1, drop_pending_traces_on_shutdown: true, decision_wait: '1h' };
  const out = await sampled({ dry_run: true, ...limits }, spans);
  expect(Object.keys(out)).toHaveLength(5);
  expect(out['d-root']).toEqual({ decision: 'not_sampled', spans: '1' });
  expect(out['c-root']).toMatchObject({ decision: 'sampled', policy: 'half' });
  const byPiece = { sampling_strategy: 'span-ingest', policies: policies.slice(0, 1) };
  expect((await sampled({ dry_run: true, ...byPiece }, spans))['d-root']).toEqual({
    decision: 'not_sampled',
    spans: '1',
  });
});
