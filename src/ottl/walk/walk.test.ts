import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pathOf } from '../../../test/support/ottl-path.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { resultAtOnce } from '../../otlp/work.js';
import { contexts, type ContextName } from '../contexts/contexts.js';
import { OttlError } from '../ottl-error.js';
import type { Value } from '../value.js';
import { ChangingWalk } from './changing-walk.js';
import { droppingWalk } from './dropping-walk.js';
import { ReadingWalk } from './reading-walk.js';

const fixtures = JSON.parse(
  readFileSync(new URL('../../../test/recorded/ottl/fixtures.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

function batchOf(signal: Signal, fixture: unknown): Batch {
  return validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(fixture))));
}

const span = (name: string, events: readonly string[] = []): object => ({
  name,
  events: events.map((each) => ({ name: each })),
});
const spans = batchOf('traces', {
  resourceSpans: [
    {
      scopeSpans: [{ scope: { name: 'x' }, spans: [span('a'), span('b', ['e', 'f'])] }, { spans: [span('c', ['e'])] }],
    },
    { scopeSpans: [{ scope: { name: 'x' }, spans: [span('d')] }] },
  ],
});
const metrics = batchOf('metrics', fixtures['metrics']);

/** The values of a path at every scene. */
function valuesOf(context: ContextName, path: string, batch: Batch): Value[] {
  const access = contexts[context].path(pathOf(path));
  const values: Value[] = [];
  resultAtOnce(new ReadingWalk(context).reading(batch, undefined, (scene) => values.push(access.get(scene))));
  return values;
}

function without(context: ContextName, path: string, value: Value, batch: Batch): Batch {
  const access = contexts[context].path(pathOf(path));
  return resultAtOnce(droppingWalk(context).dropping(batch, undefined, (scene) => access.get(scene) === value));
}

test('a scene moves over what its context names', () => {
  expect(valuesOf('span', 'span.name', spans)).toEqual(['a', 'b', 'c', 'd']);
  expect(valuesOf('spanevent', 'span.name', spans)).toEqual(['b', 'b', 'c']);
  expect(valuesOf('scope', 'scope.name', spans)).toEqual(['x', '', 'x']);
  expect(valuesOf('resource', 'resource.schema_url', spans)).toEqual(['', '']);
});

test('points are visited with their metric, and exemplars with their point', () => {
  const names = valuesOf('datapoint', 'metric.name', metrics);
  expect(names).toHaveLength(metrics.itemCount);
  const sum = batchOf('metrics', fixtures['sum']);
  expect(valuesOf('exemplar', 'metric.name', sum)).toEqual(['s.mono']);
  expect(valuesOf('exemplar', 'datapoint.value_int', sum)).toEqual([10n]);
});

test('what matches is dropped, with what is empty without it', () => {
  const left = without('span', 'span.name', 'c', spans);
  expect(valuesOf('span', 'span.name', left)).toEqual(['a', 'b', 'd']);
  expect(valuesOf('scope', 'scope.name', left)).toEqual(['x', 'x']);
  expect(left.itemCount).toBe(3);
  expect(valuesOf('span', 'span.name', without('scope', 'scope.name', 'x', spans))).toEqual(['c']);
  expect(valuesOf('resource', 'resource.schema_url', without('scope', 'scope.name', 'x', spans))).toHaveLength(1);
  expect(without('resource', 'resource.schema_url', '', spans).itemCount).toBe(0);
  const events = without('spanevent', 'spanevent.name', 'e', spans);
  expect(valuesOf('spanevent', 'spanevent.name', events)).toEqual(['f']);
  expect(events.itemCount).toBe(4);
});

test('a metric goes with its last point', () => {
  const name = valuesOf('metric', 'metric.name', metrics)[0];
  const left = without('datapoint', 'metric.name', name, metrics);
  expect(valuesOf('metric', 'metric.name', left)).not.toContain(name);
  expect(left.itemCount).toBe(valuesOf('datapoint', 'metric.name', left).length);
});

test('a batch of which nothing is dropped or changed is returned itself', () => {
  expect(without('span', 'span.name', 'z', spans)).toBe(spans);
  // A metric that came without data points goes with those that lose theirs.
  const full = without('datapoint', 'metric.name', 'z', metrics);
  expect(full.itemCount).toBe(metrics.itemCount);
  expect(without('datapoint', 'metric.name', 'z', full)).toBe(full);
  const name = contexts.span.path(pathOf('span.name'));
  const same = resultAtOnce(
    new ChangingWalk('span').changing(spans, undefined, (scene) => name.set?.(scene, name.get(scene))),
  );
  expect(same).toBe(spans);
});

test('nothing of a batch whose statement fails is left for the next one', () => {
  const walk = new ChangingWalk('span');
  const name = contexts.span.path(pathOf('span.name'));
  const cache = contexts.span.path(pathOf('span.cache["k"]'));
  const failing = walk.changing(spans, undefined, (scene) => {
    name.set?.(scene, 'changed');
    cache.set?.(scene, 'left');
    throw new OttlError('failed');
  });
  expect(() => resultAtOnce(failing)).toThrow('failed');
  const seen: Value[] = [];
  const result = resultAtOnce(walk.changing(spans, undefined, (scene) => seen.push(name.get(scene), cache.get(scene))));
  expect(result).toBe(spans);
  expect(seen).toEqual(['a', undefined, 'b', undefined, 'c', undefined, 'd', undefined]);
});

test('a span can be changed from its events, and lose them', () => {
  const [name, status, events] = ['span.name', 'span.status.code', 'span.events'].map((path) =>
    contexts.spanevent.path(pathOf(path)),
  );
  const event = contexts.spanevent.path(pathOf('spanevent.name'));
  const changed = resultAtOnce(
    new ChangingWalk('spanevent').changing(spans, undefined, (scene) => {
      name?.set?.(scene, event.get(scene));
      status?.set?.(scene, 2n);
      event.set?.(scene, 'renamed');
      if (event.get(scene) === 'f') events?.set?.(scene, undefined);
    }),
  );
  expect(valuesOf('spanevent', 'spanevent.name', changed)).toEqual(['renamed', 'renamed', 'renamed']);
  expect(valuesOf('span', 'span.name', changed)).toEqual(['a', 'f', 'e', 'd']);
  expect(valuesOf('span', 'span.status.code', changed)).toEqual([0n, 2n, 2n, 0n]);
  const bare = resultAtOnce(
    new ChangingWalk('spanevent').changing(spans, undefined, (scene) => events?.set?.(scene, undefined)),
  );
  expect(valuesOf('spanevent', 'spanevent.name', bare)).toEqual([]);
  expect(jsonText('traces', bare.bytes)).not.toContain('events');
});

test('many attributes are set in one pass', () => {
  const attributes = contexts.span.path(pathOf('span.attributes'));
  const many = (from: number, count: number, value: Value): Map<string, Value> =>
    new Map(Array.from({ length: count }, (_entry, i) => [`k${from + i}`, value]));
  const changed = resultAtOnce(
    new ChangingWalk('span').changing(spans, undefined, (scene) => {
      attributes.set?.(scene, many(0, 20, 'old'));
      attributes.entries?.setAll(scene, many(10, 15, 'new'));
    }),
  );
  const expected = [...many(0, 10, 'old'), ...many(10, 15, 'new')];
  for (const map of valuesOf('span', 'span.attributes', changed))
    expect([...(map as Map<string, Value>)]).toEqual(expected);
});

test('attributes that a merge does not name keep their bytes and their order', () => {
  const attributes = contexts.log.path(pathOf('log.attributes'));
  const logs = batchOf('logs', fixtures['log']);
  const before = valuesOf('log', 'log.attributes', logs)[0] as Map<string, Value>;
  const added = new Map(Array.from({ length: 9 }, (_entry, i) => [`new.${i}`, BigInt(i)]));
  const changed = resultAtOnce(
    new ChangingWalk('log').changing(logs, undefined, (scene) => attributes.entries?.setAll(scene, added)),
  );
  const [after] = valuesOf('log', 'log.attributes', changed) as [Map<string, Value>];
  expect([...after]).toEqual([...before, ...added]);
});
