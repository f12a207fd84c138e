import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { Double } from '../../otlp/build/any-value.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { SpanView } from '../../otlp/view/span.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { createSpanProcessor } from './span-changes.js';

/** Each span as its name, its texts and its status. */
function spansIn(batch: Batch): string[] {
  const all: string[] = [];
  const cursor = new BatchCursor(new SpanView());
  for (cursor.open(batch); cursor.next();) {
    const texts: string[] = [];
    for (const one = cursor.item.attributes(); one.next();)
      if (one.value.type === 'string') texts.push(`${one.key.toString()}=${one.value.string.toString()}`);
    const { code, message } = cursor.item.status;
    all.push(
      [cursor.item.name.toString(), ...texts, ...(code > 0 ? [`${code} ${message.toString()}`] : [])].join(' | '),
    );
  }
  return all;
}

function changing(settings: Record<string, unknown>) {
  const world = heldWorld();
  const passed: Batch[] = [];
  const shown: string[][] = [];
  const next = {
    consume: (batch: Batch): Promise<void> => {
      passed.push(batch);
      shown.push(spansIn(batch));
      return Promise.resolve();
    },
  };
  return { processor: createSpanProcessor(config.parse(settings), world.context, next), passed, shown, ...world };
}

/** The names that spans with these names get. */
async function named(settings: Record<string, unknown>, ...names: readonly string[]): Promise<string[]> {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (const name of names) spans.span(name);
  const { processor, shown, books } = changing(settings);
  await processor.consume(spans.finish(), emptyContext);
  expect([books.balance, books.outItems]).toEqual([0, names.length]);
  return shown[0] ?? [];
}
const toAttributes = (rules: readonly string[], more: object = {}): Record<string, unknown> => ({
  name: { to_attributes: { rules, ...more } },
});

test('a name of attributes, of all types, when all of them are there', async () => {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  spans.span('old').attribute('db.svc', 'location').attribute('operation', 'get').attribute('id', 1234);
  spans.span('old').attribute('id', new Double(1e21)).attribute('operation', true).attribute('db.svc', ['a']);
  spans.span('stays').attribute('db.svc', 'location').attribute('id', 1);
  const { processor, shown } = changing({ name: { from_attributes: ['db.svc', 'operation', 'id'], separator: '::' } });
  await processor.consume(spans.finish(), emptyContext);
  expect(shown[0]?.map((span) => span.split(' | ')[0])).toEqual([
    'location::get::1234',
    '<unknown-attribute-type>::true::1000000000000000000000',
    'stays',
  ]);
});

test('attributes of a name, whose parts are replaced by their names', async () => {
  const rules = ['^/api/v1/document/(?P<documentId>.*)/update$', '^/api/(?P<version>v\\d)'];
  expect(await named(toAttributes(rules), '/api/v1/document/12345678/update', '/api/v2/x', '/other')).toEqual([
    '/api/{version}/document/{documentId}/update | documentId=12345678 | version=v1',
    '/api/{version}/x | version=v2',
    '/other',
  ]);
});

test('rules stop at the first match, or leave the name', async () => {
  const rules = ['(?P<a>\\d+)', '(?P<b>x)'];
  expect(await named(toAttributes(rules, { break_after_match: true }), '1x', 'x')).toEqual(['{a}x | a=1', '{b} | b=x']);
  expect(await named(toAttributes(rules, { keep_original_name: true }), '1x')).toEqual(['1x | a=1 | b=x']);
});

test('groups within groups, without a name, or without a part; texts beyond ASCII', async () => {
  const rules = ['^(?P<all>é(?P<inner>😀))(?:-)(\\w)(?P<none>z)?(?P<last>.)$'];
  expect(await named(toAttributes(rules), 'é😀-ab')).toEqual(['{all}-a{last} | all=é😀 | inner=😀 | last=b']);
});

test('a name of attributes is what rules see', async () => {
  const spans = new SpanBuilder();
  spans.resource().scope('test').span('old').attribute('path', '/user/7');
  const { processor, shown } = changing({
    name: { from_attributes: ['path'], to_attributes: { rules: ['/user/(?P<id>\\d+)'] } },
  });
  await processor.consume(spans.finish(), emptyContext);
  expect(shown[0]).toEqual(['/user/{id} | path=/user/7 | id=7']);
});

test('the status is set, with a description for errors', async () => {
  expect(await named({ status: { code: 'Error', description: 'bad' } }, 'a')).toEqual(['a | 2 bad']);
  const spans = new SpanBuilder();
  spans.resource().scope('test').span('a').status('error', 'bad');
  const { processor, shown } = changing({ status: { code: 'Ok' } });
  await processor.consume(spans.finish(), emptyContext);
  expect(shown[0]).toEqual(['a | 1 ']);
});

test('a name or a status that came in pieces is replaced as a whole', async () => {
  const spans = new SpanBuilder();
  spans.resource().scope('test').span('one').status('error', 'bad');
  const { bytes, index } = spans.finish();
  const span = bytes.subarray(index.itemFrom(0), index.itemTo(0));
  const twice = Buffer.concat([span, span]);
  const around = (tag: number, body: Uint8Array): Buffer => Buffer.concat([Buffer.from([tag, body.length]), body]);
  const batch = validate('traces', around(10, around(18, around(18, twice))));
  const { processor, shown } = changing({
    ...toAttributes(['^(?P<number>one)$']),
    status: { code: 'Ok' },
  });
  await processor.consume(batch, emptyContext);
  expect(shown[0]).toEqual(['{number} | number=one | 1 ']);
});

test('an attribute that two rules make has the value of the last, and replaces one of another type', async () => {
  const spans = new SpanBuilder();
  spans.resource().scope('test').span('1-2').attribute('id', 7);
  const { processor, shown } = changing(toAttributes(['^(?P<id>\\d)', '(?P<id>\\d)$']));
  await processor.consume(spans.finish(), emptyContext);
  expect(shown[0]).toEqual(['{id}-{id} | id=2']);
});

test('include and exclude choose by service, name, kind, attribute and scope', async () => {
  const make = (): Batch => {
    const spans = new SpanBuilder();
    for (const service of ['shop', 'cart']) {
      spans.resource().attribute('service.name', service).scope('lib', '1.0');
      spans.span('x', 'server').attribute('env', 'dev').span('y', 'client').span('x', 'client');
    }
    return spans.finish();
  };
  const status = { code: 'Error', description: '!' };
  for (const [more, expected] of [
    [{ include: { match_type: 'strict', services: ['shop'] } }, [1, 1, 1, 0, 0, 0]],
    [{ include: { match_type: 'regexp', services: ['^c'], span_names: ['x'] } }, [0, 0, 0, 1, 0, 1]],
    [{ exclude: { match_type: 'strict', span_kinds: ['SPAN_KIND_CLIENT'] } }, [1, 0, 0, 1, 0, 0]],
    [{ include: { match_type: 'strict', attributes: [{ key: 'env', value: 'dev' }] } }, [1, 0, 0, 1, 0, 0]],
    [{ include: { match_type: 'strict', libraries: [{ name: 'other' }] } }, [0, 0, 0, 0, 0, 0]],
  ] as const) {
    const { processor, passed, shown } = changing({ status, ...more });
    const batch = make();
    await processor.consume(batch, emptyContext);
    expect(shown[0]?.map((span) => (span.includes('2 !') ? 1 : 0))).toEqual(expected);
    expect(passed[0] === batch).toBe(expected.every((one) => one === 0));
  }
});

test('a batch in which nothing is changed goes on as it is', async () => {
  const spans = new SpanBuilder();
  spans.resource().scope('test').span('a').status('ok');
  const batch = spans.finish();
  for (const settings of [
    { status: { code: 'Ok' } },
    toAttributes(['(?P<id>\\d+)']),
    { name: { from_attributes: ['no'] } },
  ]) {
    const { processor, passed } = changing(settings);
    await processor.consume(batch, emptyContext);
    expect(passed[0]).toBe(batch);
  }
});

test('a large batch is changed in turns as a small one is', async () => {
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (let i = 0; i < 140_000; i++) spans.span(i % 2 > 0 ? `/user/${i}` : '/');
  const { processor, shown, books } = changing(toAttributes(['^/user/(?P<id>\\d+)$']));
  await processor.consume(spans.finish(), emptyContext);
  expect(shown[0]?.filter((span) => span.startsWith('/user/{id} | id=')).length).toBe(70_000);
  expect(books).toMatchObject({ outItems: 140_000, balance: 0 });
});

test('names of more than 64 KiB are left alone', async () => {
  const long = 'x'.repeat(70_000);
  expect(await named(toAttributes(['(?P<id>x)']), long)).toEqual([long]);
});

test('a batch that would grow without bound is refused for good', async () => {
  const { processor, books } = changing({ status: { code: 'Error', description: 'x'.repeat(10_000) } });
  const spans = new SpanBuilder();
  spans.resource().scope('test');
  for (let i = 0; i < 20_000; i++) spans.span('');
  await expect(processor.consume(spans.finish(), emptyContext)).rejects.toMatchObject({ reason: 'too_large' });
  expect(books.returnedItems).toEqual({ too_large: 20_000 });
});

const faults = (settings: object): string[] =>
  (config.safeParse(settings).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

test.each([
  [{}, ': nothing to do: set `name::from_attributes`, `name::to_attributes` or `status`'],
  [toAttributes([]), 'name.to_attributes.rules: at least one rule is needed'],
  [toAttributes(['(']), 'name.to_attributes.rules.0: error parsing regexp: missing closing ): `(`'],
  [
    toAttributes(['a(b)']),
    'name.to_attributes.rules.0: the pattern has no named group, such as (?P<id>.*), to make an attribute of',
  ],
  [{ status: { code: 'Bad' } }, 'status.code: unknown status code "Bad": Ok, Error or Unset'],
  [{ status: { code: 'Ok', description: 'x' } }, 'status.description: only the status Error has a description, not Ok'],
])('%j is refused', (settings, message) => expect(faults(settings)).toEqual([message]));
