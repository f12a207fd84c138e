import { expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { emptyContext } from '../../component/consumer.js';
import type { Batch } from '../../otlp/batch.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { config } from './config.js';
import { createResource } from './resource.js';

function changing(attributes: readonly object[], signal: Signal = 'traces') {
  const world = heldWorld({ signal });
  const passed: { readonly batch: Batch; readonly text: string }[] = [];
  const next = {
    consume: (batch: Batch) => Promise.resolve(void passed.push({ batch, text: jsonText(signal, batch.bytes) })),
  };
  return { processor: createResource(config.parse({ attributes }), world.context, next), passed, ...world };
}

test('an attribute of an item is none of the resource, and a key is no path', async () => {
  const spans = new SpanBuilder();
  spans
    .resource()
    .attribute('kubernetes', new Map([['labels', 'x']]))
    .scope('test');
  spans.span('a').attribute('x', 1);
  const { processor, passed, books } = changing([
    { key: 'y', from_attribute: 'x', action: 'insert' },
    { key: 'z', from_attribute: 'kubernetes.labels', action: 'insert' },
  ]);
  const batch = spans.finish();
  await processor.consume(batch, emptyContext);
  expect(passed[0]?.batch).toBe(batch);
  expect(books.balance).toBe(0);
});

test('many resources are changed, each once for all its items', async () => {
  const spans = new SpanBuilder();
  for (let i = 0; i < 30_000; i++) {
    spans
      .resource()
      .attribute('region', `r${i % 2}`)
      .scope('test');
    spans.span('a');
  }
  const { processor, passed, books } = changing([
    { key: 'cloud.region', from_attribute: 'region', action: 'insert' },
    { key: 'region', action: 'delete' },
  ]);
  await processor.consume(spans.finish(), emptyContext);
  expect(passed[0]?.batch.itemCount).toBe(30_000);
  expect(passed[0]?.text.match(/"cloud\.region","value":\{"stringValue":"r[01]"/g)).toHaveLength(30_000);
  expect(passed[0]?.text).not.toContain('"region"');
  expect(books.balance).toBe(0);
});

test('in profiles, keys and texts of the dictionary are found', async () => {
  const profiles = {
    resourceProfiles: [
      {
        resource: {
          attributes: [
            { keyStrindex: 1, value: { stringValueStrindex: 2 } },
            { key: 'host', value: { stringValueStrindex: 2 } },
          ],
        },
        scopeProfiles: [{ scope: {}, profiles: [{ samples: [{ values: ['1'] }] }] }],
      },
    ],
    dictionary: { stringTable: ['', 'region', 'eu'] },
  };
  const { processor, passed } = changing(
    [
      { key: 'cloud.region', from_attribute: 'region', action: 'insert' },
      { key: 'host', action: 'hash' },
      { key: 'region', action: 'delete' },
    ],
    'profiles',
  );
  const batch = validate('profiles', jsonToProto('profiles', Buffer.from(JSON.stringify(profiles))));
  await processor.consume(batch, emptyContext);
  const { resourceProfiles } = JSON.parse(passed[0]?.text ?? '') as typeof profiles;
  expect(resourceProfiles[0]?.resource.attributes).toEqual([
    { key: 'host', value: { stringValue: '4d0282941aaf2d694ddaa24fca75e503c73ab16fff3884cac12f39f882bc60cb' } },
    { key: 'cloud.region', value: { stringValue: 'eu' } },
  ]);
});
