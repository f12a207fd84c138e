import { expect, test } from 'vitest';
import { HeldClock } from '../../../test/support/held-world.js';
import { traces } from '../config/traces.js';
import { samplerOf } from './sampler.js';
import type { FinishedSpan } from '../../component/recent-spans.js';
import { OwnTracer } from './tracer.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

test('samplers', () => {
  const remote = (sampled: boolean) => ({ traceId, spanId, sampled, state: '' });
  expect(samplerOf(undefined)(undefined, traceId)).toBe(true);
  expect(samplerOf(undefined)(remote(false), traceId)).toBe(false);
  expect(samplerOf({ always_off: {} })(remote(true), traceId)).toBe(false);
  expect(samplerOf({ parent_based: { root: { always_off: null } } })(undefined, traceId)).toBe(false);
  expect(samplerOf({ parent_based: { remote_parent_not_sampled: { always_on: null } } })(remote(false), traceId)).toBe(
    true,
  );
  const half = samplerOf({ trace_id_ratio_based: { ratio: 0.5 } });
  expect([
    half(undefined, `${'0'.repeat(18)}80000000000000`),
    half(undefined, `${'0'.repeat(18)}7fffffffffffff`),
  ]).toEqual([true, false]);
  for (const [config, message] of [
    [{ jaeger_remote: {} }, 'sampler "jaeger_remote" is not supported'],
    [{ trace_id_ratio_based: { ratio: 2 } }, 'between 0 and 1'],
    [{ parent_based: { roott: {} } }, 'no key "roott"'],
    [{}, 'exactly one kind'],
  ] as const)
    expect(() => samplerOf(config)).toThrow(message);
});

test('a span has its times and its parent, and is cut to its limits', async () => {
  const clock = new HeldClock();
  const ended: FinishedSpan[] = [];
  const config = traces.parse({
    limits: { attribute_count_limit: 2, attribute_value_length_limit: 3, event_count_limit: 1 },
  });
  const tracer = new OwnTracer(config, { clock, ended: (span) => ended.push(span) });
  const parent = tracer.start('parent', {});
  const span = tracer.start('child', {
    parent: parent.context,
    kind: 'client',
    attributes: { a: 'abcdef', b: 1, c: 2 },
  });
  await clock.pass(20);
  span.event('first', { text: 'abcdef' });
  span.event('second', {});
  span.fail('broken');
  span.end();
  span.end();
  expect(ended).toHaveLength(1);
  expect(ended[0]).toMatchObject({
    ...{ name: 'child', kind: 'client', failure: 'broken', attributes: { a: 'abc', b: 1 } },
    ...{ parent: parent.context, dropped: { attributes: 1, events: 1, links: 0 } },
    events: [{ name: 'first', attributes: { text: 'abc' } }],
  });
  expect((ended[0]?.endMs ?? 0) - (ended[0]?.startMs ?? 0)).toBe(20);
  expect(ended[0]?.context.traceId).toBe(parent.context.traceId);
  expect(tracer.recent.names.get('child')).toMatchObject({ running: 0, errors: 1 });
  expect(tracer.recent.names.get('parent')).toMatchObject({ running: 1 });
});
