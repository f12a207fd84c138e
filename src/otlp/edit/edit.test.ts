import { expect, test } from 'vitest';
import { referenceDecode } from '../../../test/support/reference-decode.js';
import { MessageWriter } from '../build/message-writer.js';
import { LogBuilder } from '../build/logs.js';
import { MetricBuilder } from '../build/metrics.js';
import { SpanBuilder } from '../build/spans.js';
import type { Batch } from '../batch.js';
import { fieldOf } from '../fields.js';
import { jsonText } from '../json/encode.js';
import { key } from '../view/key.js';
import { LogRecordView } from '../view/log-record.js';
import { MetricView } from '../view/metric.js';
import { NumberPointView } from '../view/points.js';
import { EventView, SpanView } from '../view/span.js';
import { ValueView } from '../view/value.js';
import { validate } from '../wire/validate.js';
import { BatchEditor } from './batch-editor.js';

const [a, b, c] = [key('a'), key('b'), key('c')];
const value = new ValueView();

/** Two resources with two scopes of two spans each, named by their places. */
function twoByTwo(): Batch {
  const spans = new SpanBuilder();
  for (const r of ['0', '1']) {
    spans.resource().attribute('r', r);
    for (const s of ['0', '1']) {
      spans.scope(`scope ${r}${s}`);
      for (const i of ['0', '1']) spans.span(`span ${r}${s}${i}`).attribute('a', 'one').attribute('b', 2);
    }
  }
  return spans.finish();
}

function namesOf(batch: Batch): string[] {
  expect(validate(batch.signal, batch.bytes).itemCount).toBe(batch.itemCount);
  return [...jsonText(batch.signal, batch.bytes).matchAll(/span \d+/g)].map(([name]) => name.slice(5));
}

test('a batch in which nothing was changed is the batch itself', () => {
  const spans = new BatchEditor(new SpanView());
  const batch = twoByTwo();
  for (spans.open(batch); spans.next();) {
    spans.itemEditor.setAttribute(a, 'one');
    spans.itemEditor.setText(fieldOf('Span', 'name'), spans.item.name);
    expect(spans.itemEditor.deleteAttribute(c)).toBe(false);
    expect(spans.itemEditor.child(fieldOf('Span', 'status')).clear(fieldOf('Status', 'code'))).toBe(false);
    spans.scopeEditor.setText(fieldOf('InstrumentationScope', 'version'), '');
    expect(spans.resourceEditor.insertAttribute(key('r'), 'new')).toBe(false);
  }
  expect(spans.finish()).toBe(batch);
});

test('a change is seen by the next reader, and by every item below a resource or scope', () => {
  const spans = new BatchEditor(new SpanView());
  const { item } = spans;
  spans.open(twoByTwo());
  expect(spans.next()).toBe(true);
  spans.itemEditor.setAttribute(a, 'changed');
  expect(item.attribute(a, value) && value.string.toString()).toBe('changed');
  spans.itemEditor.setText(fieldOf('Span', 'name'), 'new name');
  expect(item.name.toString()).toBe('new name');
  spans.itemEditor.renameAttribute(b, c);
  expect([item.attribute(b, value), item.attribute(c, value)]).toEqual([false, true]);
  expect(value.int.toNumber()).toBe(2);
  spans.itemEditor.child(fieldOf('Span', 'status')).setNumber(fieldOf('Status', 'code'), 2);
  expect(item.status.code).toBe(2);
  spans.resourceEditor.setAttribute(a, true);
  spans.scopeEditor.setText(fieldOf('InstrumentationScope', 'name'), 'renamed');
  spans.setResourceSchemaUrl('https://a/1');
  const seen: string[] = [];
  for (spans.restart(); spans.next();)
    seen.push(
      [item.name, spans.resource.attribute(a, value), spans.scope.name, spans.resourceSchemaUrl].map(String).join(' '),
    );
  expect(seen.slice(0, 4)).toEqual([
    'new name true renamed https://a/1',
    'span 001 true renamed https://a/1',
    'span 010 true scope 01 https://a/1',
    'span 011 true scope 01 https://a/1',
  ]);
  expect(seen[4]).toBe('span 100 false scope 10 ');
  const changed = spans.finish();
  expect(namesOf(changed)).toEqual(['001', '010', '011', '100', '101', '110', '111']);
  // All that was not touched is as it was.
  expect(Buffer.from(changed.bytes).includes(Buffer.from(twoByTwo().bytes).subarray(-100))).toBe(true);
});

test('scopes and resources that are empty after items were removed go with them', () => {
  const spans = new BatchEditor(new SpanView());
  const without = (...names: string[]): string[] => {
    for (spans.open(twoByTwo()); spans.next();)
      if (names.includes(spans.item.name.toString().slice(5))) spans.removeItem();
    const batch = spans.finish();
    return [...namesOf(batch), ...[...jsonText('traces', batch.bytes).matchAll(/scope \d+/g)].map(([name]) => name)];
  };
  expect(without('000')).toEqual([
    '001',
    '010',
    '011',
    '100',
    '101',
    '110',
    '111',
    'scope 00',
    'scope 01',
    'scope 10',
    'scope 11',
  ]);
  expect(without('000', '001')).toEqual(['010', '011', '100', '101', '110', '111', 'scope 01', 'scope 10', 'scope 11']);
  expect(without('000', '001', '010', '011')).toEqual(['100', '101', '110', '111', 'scope 10', 'scope 11']);
  const none = spans.open(twoByTwo());
  while (none.next()) none.removeItem();
  const empty = spans.finish();
  expect([empty.itemCount, empty.bytes.length]).toEqual([0, 0]);
});

test('scopes and resources can be removed whole, and those without items', () => {
  const spans = new BatchEditor(new SpanView());
  spans.open(twoByTwo());
  spans.nextResource();
  spans.nextScope();
  spans.removeScope();
  expect(spans.next()).toBe(true);
  expect(spans.item.name.toString()).toBe('span 010');
  spans.nextResource();
  spans.removeResource();
  expect(spans.next()).toBe(false);
  expect(namesOf(spans.finish())).toEqual(['010', '011']);

  const empty = new SpanBuilder()
    .resource()
    .attribute('a', 1)
    .resource()
    .scope('b')
    .resource()
    .scope('c')
    .span('span 1')
    .finish();
  expect(spans.open(empty).finish()).toBe(empty);
  spans.open(empty).removeEmpty();
  const rest = spans.finish();
  expect(referenceDecode('traces', rest.bytes)).toEqual({
    resource_spans: [{ resource: {}, scope_spans: [{ scope: { name: 'c' }, spans: [{ name: 'span 1' }] }] }],
  });
});

test('events are changed, removed and added one by one', () => {
  const batch = new SpanBuilder()
    .resource()
    .scope('s')
    .span('span')
    .event('x', 1)
    .event('y', 2)
    .attribute('a', 1)
    .event('z', 3)
    .finish();
  const spans = new BatchEditor(new SpanView());
  const view = new EventView();
  const name = fieldOf('Event', 'name');
  spans.open(batch).next();
  const events = spans.itemEditor.elements(fieldOf('Span', 'events'));
  events.view(view);
  expect(events.next()).toBe(true);
  expect(view.name.toString()).toBe('x');
  events.remove();
  expect(() => events.setText(name, 'gone')).toThrow('removed it');
  expect(events.next()).toBe(true);
  events.setText(name, 'longer name than before');
  events.setAttribute(a, 'one');
  expect(view.name.toString()).toBe('longer name than before');
  expect(view.attribute(a, value) && value.string.toString()).toBe('one');
  expect(events.next()).toBe(true);
  expect(view.name.toString()).toBe('z');
  expect(events.next()).toBe(false);
  expect(() => events.setText(name, 'behind')).toThrow('moved on');
  spans.itemEditor.add(fieldOf('Span', 'events')).setText(name, 'new');
  const names: string[] = [];
  for (const event = spans.item.events(); event.next();) names.push(event.name.toString());
  expect(names).toEqual(['longer name than before', 'z', 'new']);
  const changed = spans.finish();
  expect(referenceDecode('traces', changed.bytes)).toMatchObject({
    resource_spans: [
      {
        scope_spans: [
          {
            spans: [
              {
                events: [
                  {
                    name: 'longer name than before',
                    attributes: [{ key: 'a', value: { string_value: 'one' } }],
                    time_unix_nano: 2_000_000n,
                  },
                  { name: 'z', time_unix_nano: 3_000_000n },
                  { name: 'new' },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
});

test('the values within a value are changed where they are', () => {
  const body = new Map([['list', [1, 'two', new Map([['deep', true]])]]]);
  const batch = new LogBuilder().resource().scope('s').record(1).body(body).attribute('a', body).finish();
  const logs = new BatchEditor(new LogRecordView());
  logs.open(batch).next();
  const map = fieldOf('AnyValue', 'kvlist_value');
  const array = fieldOf('AnyValue', 'array_value');
  const values = fieldOf('ArrayValue', 'values');
  const list = logs.itemEditor.child(fieldOf('LogRecord', 'body')).child(map).attributeValue(key('list')).child(array);
  const elements = list.elements(values);
  elements.next();
  elements.setValue(1.5);
  elements.next();
  elements.next();
  elements.child(map).setAttribute(key('deep'), false);
  expect(elements.next()).toBe(false);
  list.add(values).setValue(Buffer.from('end'));
  logs.itemEditor.attributeValue(a).child(map).attributeValue(b).child(map).setAttribute(c, 'made');
  logs.itemEditor.leave();
  const changed = logs.finish();
  const text = (raw: string): object => ({ string_value: raw });
  const pair = (name: string, of: object): object => ({ key: name, value: of });
  const list3 = (...of: object[]): object => ({ array_value: { values: of } });
  const entries = (...of: object[]): object => ({ kvlist_value: { values: of } });
  expect(referenceDecode('logs', changed.bytes)).toMatchObject({
    resource_logs: [
      {
        scope_logs: [
          {
            log_records: [
              {
                body: entries(
                  pair(
                    'list',
                    list3({ double_value: 1.5 }, text('two'), entries(pair('deep', { bool_value: false })), {
                      bytes_value: '656e64',
                    }),
                  ),
                ),
                attributes: [
                  pair(
                    'a',
                    entries(
                      pair('list', list3({ int_value: 1n }, text('two'), entries(pair('deep', { bool_value: true })))),
                      pair('b', entries(pair('c', text('made')))),
                    ),
                  ),
                ],
              },
            ],
          },
        ],
      },
    ],
  });
});

test('points are changed and removed while their metric is, and a metric without points goes', () => {
  const builder = new MetricBuilder().resource().scope('s');
  for (const name of ['m', 'n']) {
    builder.metric(name, 'By').sum('delta', true);
    for (let i = 0; i < 4; i++) builder.point(1).int(i).attribute('a', 'one');
  }
  const metrics = new BatchEditor(new MetricView());
  const view = new NumberPointView();
  for (metrics.open(builder.finish()); metrics.next();) {
    const isFirst = metrics.item.name.is(key('m'));
    const points = metrics.itemEditor.child(fieldOf('Metric', 'sum')).elements(fieldOf('Sum', 'data_points'));
    points.view(view);
    while (points.next()) {
      if (!isFirst || view.asInt.low === 1) {
        points.remove();
        continue;
      }
      points.setAttribute(b, view.asInt.low);
      // The metric's own fields change in between, and the points stay at their places.
      metrics.itemEditor.setText(fieldOf('Metric', 'unit'), `unit ${view.asInt.low}`);
      expect(metrics.item.unit.toString()).toBe(`unit ${view.asInt.low}`);
    }
  }
  const changed = metrics.finish();
  expect(changed.itemCount).toBe(3);
  expect(validate('metrics', changed.bytes).itemCount).toBe(3);
  const point = (i: number): object => ({
    as_int: BigInt(i),
    attributes: [
      { key: 'a', value: { string_value: 'one' } },
      { key: 'b', value: { int_value: BigInt(i) } },
    ],
  });
  expect(referenceDecode('metrics', changed.bytes)).toMatchObject({
    resource_metrics: [
      {
        scope_metrics: [
          { metrics: [{ name: 'm', unit: 'unit 3', sum: { data_points: [point(0), point(2), point(3)] } }] },
        ],
      },
    ],
  });
});

test('an editor of a message that the walk has left refuses to change anything', () => {
  const spans = new BatchEditor(new SpanView());
  spans.open(twoByTwo()).next();
  const status = spans.itemEditor.child(fieldOf('Span', 'status'));
  spans.next();
  expect(() => status.setNumber(fieldOf('Status', 'code'), 1)).toThrow('moved on');
  spans.removeItem();
  expect(() => spans.itemEditor.setAttribute(a, 1)).toThrow('moved on');
  spans.close();
  expect(() => spans.finish()).toThrow('no batch is open');
});

test('a message that is changed beside its open editor leaves that one', () => {
  const batch = new SpanBuilder()
    .resource()
    .scope('s')
    .span('span')
    .event('x', 1)
    .event('y', 2)
    .attribute('a', 1)
    .finish();
  const spans = new BatchEditor(new SpanView());
  const events = fieldOf('Span', 'events');
  spans.open(batch).next();
  const status = spans.itemEditor.child(fieldOf('Span', 'status'));
  status.setNumber(fieldOf('Status', 'code'), 1);
  spans.itemEditor.clear(fieldOf('Span', 'status'));
  expect(() => status.setNumber(fieldOf('Status', 'code'), 2)).toThrow('moved on');
  const inner = spans.itemEditor.attributeValue(b);
  spans.itemEditor.setAttribute(b, 'outer');
  expect(() => inner.setValue('inner')).toThrow('moved on');
  const walk = spans.itemEditor.elements(events);
  expect(() => walk.remove()).toThrow('`next` has not moved');
  expect(walk.next()).toBe(true);
  // A change of another field goes on beside the walk; one of the same field ends it, and not silently.
  spans.itemEditor.setText(fieldOf('Span', 'name'), 'renamed');
  walk.setText(fieldOf('Event', 'name'), 'changed');
  spans.itemEditor.add(events).setText(fieldOf('Event', 'name'), 'added');
  expect(() => walk.next()).toThrow('the walk was left');
  expect(referenceDecode('traces', spans.finish().bytes)).toMatchObject({
    resource_spans: [
      {
        scope_spans: [
          {
            spans: [
              {
                name: 'renamed',
                events: [{ name: 'changed' }, { name: 'y' }, { name: 'added' }],
                attributes: [{ key: 'b', value: { string_value: 'outer' } }],
              },
            ],
          },
        ],
      },
    ],
  });
});

test('fields of an attribute beside its key and value stay when these change', () => {
  const writer = new MessageWriter();
  const outer = [
    fieldOf('TracesData', 'resource_spans'),
    fieldOf('ResourceSpans', 'scope_spans'),
    fieldOf('ScopeSpans', 'spans'),
    fieldOf('Span', 'attributes'),
  ];
  for (const { tag } of outer) {
    writer.tag(tag);
    writer.open();
  }
  const unknown = Buffer.from('7801', 'hex');
  writer.rawRun(unknown, 0, 2);
  writer.text(fieldOf('KeyValue', 'key').tag, 'a');
  outer.forEach(() => writer.close());
  const batch = validate(
    'traces',
    writer.finish((size) => Buffer.alloc(size)),
  );
  const spans = new BatchEditor(new SpanView());
  spans.open(batch).next();
  spans.itemEditor.setAttribute(a, 'one');
  spans.itemEditor.renameAttribute(a, b);
  const map = spans.itemEditor.attributeValue(b).child(fieldOf('AnyValue', 'kvlist_value'));
  map.setAttribute(c, 1);
  const bytes = Buffer.from(spans.finish().bytes);
  expect(bytes.includes(unknown)).toBe(true);
  expect(jsonText('traces', bytes)).toContain('{"key":"b","value":{"kvlistValue":{"values":[{"key":"c"');
});

test('a resource attribute that is renamed to a key that is there takes its place', () => {
  const batch = new SpanBuilder()
    .resource()
    .attribute('a', 1)
    .attribute('b', 2)
    .attribute('c', 3)
    .scope('s')
    .span('x')
    .finish();
  const spans = new BatchEditor(new SpanView());
  spans.open(batch).next();
  expect(spans.resourceEditor.renameAttribute(a, b)).toBe(true);
  expect([spans.resource.attribute(a, value), spans.resource.attribute(b, value)]).toEqual([false, true]);
  const { bytes } = spans.finish();
  expect(jsonText('traces', bytes)).toContain(
    '[{"key":"b","value":{"intValue":"1"}},{"key":"c","value":{"intValue":"3"}}]',
  );
});
