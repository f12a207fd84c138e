import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogEntry } from './entry.js';
import { EntryMap } from './entry-map.js';
import { compileField, fieldFault } from './field.js';
import { fieldKeys } from './field-keys.js';
import { EntryFailure } from './operator.js';

describe('the keys of a field', () => {
  test.each<readonly [text: string, keys: readonly string[]]>([
    ['body', ['body']],
    ['body.a.b', ['body', 'a', 'b']],
    ['attributes["k8s.pod.name"]', ['attributes', 'k8s.pod.name']],
    ["attributes['q'].c", ['attributes', 'q', 'c']],
    ['body["a"]["b"].c', ['body', 'a', 'b', 'c']],
    ['body..a', ['body', '', 'a']],
    ['body.', ['body', '']],
    ['body.a]', ['body', 'a]']],
  ])('%s', (text, keys) => expect(fieldKeys(text)).toEqual(keys));

  test('any text is keys, or a fault with its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab.[]"\'') }), (text) => {
        const keys = fieldKeys(text);
        if (Array.isArray(keys)) expect(keys.length).toBeGreaterThan(0);
        else expect(keys).toHaveProperty('message');
      }),
    );
  });
});

test.each(['attributes', 'resource'])('a whole section stands only where it may: %s', (text) => {
  expect(fieldFault(text, 'rooted')).toBeUndefined();
  expect(fieldFault(text, 'below')?.message).toBe(`${text} cannot be referenced without subfield`);
});

function entryWith(body: EntryMap | string): LogEntry {
  const entry = new LogEntry();
  if (typeof body === 'string') entry.startLine(Buffer.from(body), 0, Buffer.byteLength(body));
  else entry.start(body);
  return entry;
}

test('what stands in the way of a path is replaced by maps', () => {
  const entry = entryWith('a line');
  compileField('body.a.b').set(entry, 1);
  compileField('attributes.x').set(entry, 'text');
  compileField('attributes.x.y').set(entry, true);
  expect(compileField('body.a.b').get(entry)).toBe(1);
  expect(compileField('attributes.x.y').get(entry)).toBe(true);
});

test('a map is added to the map that is there', () => {
  const entry = entryWith('a line');
  entry.attributes.set('kept', 1).set('old', 2);
  compileField('attributes').set(entry, new EntryMap().set('old', 3).set('new', 4));
  expect([...entry.attributes]).toEqual([
    ['kept', 1],
    ['old', 3],
    ['new', 4],
  ]);
});

test('a whole section takes maps alone', () => {
  const entry = entryWith('a line');
  expect(compileField('attributes').set(entry, 'text')).toEqual(new EntryFailure('cannot set attributes root'));
  expect(compileField('body').set(entry, 'text')).toBeUndefined();
  expect(entry.body).toBe('text');
});

test('a shared resource is copied before it is changed', () => {
  const shared = new Map([['host', 'a']]);
  const entry = entryWith('a line');
  entry.resource = shared;
  compileField('resource.host').take(entry);
  compileField('resource.more').set(entry, 'b');
  expect([...entry.resource]).toEqual([['more', 'b']]);
  expect([...shared]).toEqual([['host', 'a']]);
});

test('null is a value, and absence is none', () => {
  const entry = entryWith(new EntryMap().set('a', null));
  expect(compileField('body.a').get(entry)).toBeNull();
  expect(compileField('body.b').get(entry)).toBeUndefined();
  expect(compileField('body.a.b').get(entry)).toBeUndefined();
  expect(compileField('body.a').take(entry)).toBeNull();
  expect(compileField('body.a').take(entry)).toBeUndefined();
});
