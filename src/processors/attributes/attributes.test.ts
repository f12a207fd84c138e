import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext, type RequestContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { createAttributes } from './attributes.js';
import { config } from './config.js';

function changing(settings: Record<string, unknown>, signal: Signal = 'traces') {
  const world = heldWorld({ signal });
  const passed: { readonly batch: Batch; readonly text: string }[] = [];
  const next = {
    consume: (batch: Batch) => Promise.resolve(void passed.push({ batch, text: jsonText(signal, batch.bytes) })),
  };
  return { processor: createAttributes(config.parse(settings), world.context, next), passed, ...world };
}

const setA = [{ key: 'a', value: 'b', action: 'upsert' }];

function spansOf(count: number, attributes = 0): Batch {
  const spans = new SpanBuilder();
  spans.resource().attribute('service.name', 'checkout').scope('test', '1.0');
  for (let i = 0; i < count; i++) {
    spans.span(`span-${i % 3}`);
    for (let k = 0; k < attributes; k++) spans.attribute(`key-${k}`, k);
  }
  return spans.finish();
}

const countOf = (text: string | undefined, part: string): number => (text ?? '').split(part).length - 1;

test('a batch in which nothing is changed goes on as the same object', async () => {
  const { processor, passed, books } = changing({ actions: [{ key: 'gone', action: 'delete' }] });
  const batch = spansOf(3, 2);
  await processor.consume(batch, emptyContext);
  expect(passed[0]?.batch).toBe(batch);
  expect([books.inItems, books.outItems, books.balance]).toEqual([3, 3, 0]);
});

test('a large batch is changed in several turns, as a small one is', async () => {
  const { processor, passed, books } = changing({
    actions: setA,
    exclude: { match_type: 'strict', span_names: ['span-1'] },
  });
  const large = spansOf(120_000);
  const small = spansOf(3);
  await Promise.all([processor.consume(large, emptyContext), processor.consume(small, emptyContext)]);
  // The small one went between the pieces.
  expect(passed.map(({ batch }) => batch.itemCount)).toEqual([3, 120_000]);
  expect(passed.map(({ text }) => countOf(text, '"key":"a"'))).toEqual([2, 80_000]);
  expect(books.balance).toBe(0);
});

test('room is reserved for what the batch becomes, and the batch is changed once', async () => {
  const world = heldWorld();
  const reserved: Batch[] = [];
  const consumed: Batch[] = [];
  const next = {
    consume: (batch: Batch) => Promise.resolve(void consumed.push(batch)),
    reserve: (batch: Batch) => {
      reserved.push(batch);
      return { granted: true as const, consume: next.consume, release: () => {} };
    },
  };
  const processor = createAttributes(config.parse({ actions: setA }), world.context, next);
  const batch = spansOf(2);
  const answer = processor.reserve?.(batch, emptyContext);
  if (answer?.granted !== true) throw new Error('nothing was reserved');
  await answer.consume(batch, emptyContext);
  expect(consumed).toEqual(reserved);
  expect(world.books.balance).toBe(0);
});

test('a batch that would grow without bound is refused for good, and booked so', async () => {
  const { processor, books } = changing({
    actions: [{ key: 'a', from_context: 'metadata.x-large', action: 'upsert' }],
  });
  const request: RequestContext = { metadata: new Map([['x-large', ['x'.repeat(8000)]]]) };
  const refused = processor.consume(spansOf(20_000), request);
  await expect(refused).rejects.toMatchObject({ class: 'permanent', reason: 'too_large' });
  expect(books.returnedItems).toEqual({ too_large: 20_000 });
  expect(books.balance).toBe(0);
});

test('an item with very many attributes is changed in linear time, or refused for good', async () => {
  const { processor, passed, books } = changing({
    actions: [
      { pattern: '.', action: 'hash' },
      { pattern: '.', action: 'delete' },
    ],
  });
  await processor.consume(spansOf(1, 100_000), emptyContext);
  expect(passed[0]?.text).not.toContain('key-');
  const refused = processor.consume(spansOf(1, 180_000), emptyContext);
  await expect(refused).rejects.toMatchObject({ class: 'permanent', reason: 'too_large' });
  expect(books.balance).toBe(0);
  // Attributes that nothing asks for do not count.
  const { processor: other, passed: all } = changing({ actions: setA });
  await other.consume(spansOf(1, 180_000), emptyContext);
  expect(countOf(all[0]?.text, '"key":"a"')).toBe(1);
});

test('values of the sender: the address, headers, attributes of the authenticator', async () => {
  const actions = ['client.address', 'metadata.X-Many', 'x-one', 'auth.subject', 'auth.groups', 'auth.age'].map(
    (from) => ({
      key: from,
      from_context: from,
      action: 'insert',
    }),
  );
  const { processor, passed } = changing({ actions });
  const request: RequestContext = {
    metadata: new Map([
      ['x-many', ['a', 'b']],
      ['x-one', ['c']],
    ]),
    auth: new Map<string, unknown>([
      ['subject', 'ann'],
      ['groups', ['x', 'y']],
      ['age', 7],
    ]),
    peer: '[2001:db8::1]:4711',
  };
  await processor.consume(spansOf(1), request);
  const found = [...(passed[0]?.text ?? '').matchAll(/"key":"([^"]*)","value":\{"stringValue":"([^"]*)"/g)];
  expect(found.slice(1).map(([, name, value]) => [name, value])).toEqual([
    ['client.address', '2001:db8::1'],
    ['metadata.X-Many', 'a;b'],
    ['x-one', 'c'],
    ['auth.subject', 'ann'],
    ['auth.groups', 'x;y'],
  ]);
  // The next request has no values.
  await processor.consume(spansOf(1), emptyContext);
  expect(passed[1]?.text).not.toContain('client.address');
});

test.each([
  ['traces', { log_bodies: ['a'] }, '"log_bodies" does not apply to spans', ['include', 'log_bodies']],
  ['logs', { services: ['a'] }, '"services" does not apply to log records', ['include', 'services']],
  ['metrics', { attributes: [{ key: 'a' }] }, '"attributes" does not apply to data points', ['include', 'attributes']],
  ['traces', {}, 'at least one of services, span_names', ['include']],
  ['traces', { span_kinds: ['SERVER'] }, 'unknown span kind "SERVER"', ['include', 'span_kinds', 0]],
  ['logs', { attributes: [{ key: '' }] }, 'missing required field "key"', ['include', 'attributes', 0]],
] as const)('%s: include %j is a fault with its place', (signal, properties, message, path) => {
  const settings = { actions: setA, include: { match_type: 'strict', ...properties } };
  expect(() => changing(settings, signal)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(message), path }),
  );
});

test('a match type is needed where texts are compared', () => {
  const include =
    (match: object): (() => unknown) =>
    () =>
      changing({ actions: setA, include: match });
  expect(include({ services: ['a'] })).toThrow('missing required field "match_type"');
  expect(include({ match_type: 'glob', services: ['a'] })).toThrow('unsupported match_type "glob"');
  expect(include({ attributes: [{ key: 'a' }] })).not.toThrow();
});

test('resources of data points have no effect, which is said at start', () => {
  const { lines } = changing(
    { actions: setA, exclude: { match_type: 'strict', resources: [{ key: 'a', value: 'b' }] } },
    'metrics',
  );
  expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    expect.stringMatching(/^warn "resources" of "exclude" has no effect on data points/),
  ]);
});

test('severities, and bodies that are texts', async () => {
  const logs = new LogBuilder();
  logs.resource().scope('test');
  for (const [severity, body] of [
    [0, 'x'],
    [8, 'x'],
    [9, 'x'],
    [17, 'y'],
    [17, 5],
  ] as const)
    logs.record(1).severity(severity, '').body(body);
  const { processor, passed } = changing(
    {
      actions: setA,
      include: { match_type: 'strict', log_severity_number: { min: 9, match_undefined: true } },
      exclude: { match_type: 'strict', log_bodies: ['y'] },
    },
    'logs',
  );
  await processor.consume(logs.finish(), emptyContext);
  const records = (JSON.parse(passed[0]?.text ?? '') as { resourceLogs: { scopeLogs: { logRecords: object[] }[] }[] })
    .resourceLogs[0]?.scopeLogs[0]?.logRecords;
  expect(records?.map((record) => 'attributes' in record)).toEqual([true, false, true, false, true]);
});
