import { expect, test } from 'vitest';
import { connectorParts, heldWorld, manySpans, spans } from '../../../test/support/held-world.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import { ignoreGate } from './config.js';
import { definition } from './index.js';

test('a large batch is routed in turns, and a small one goes past it', async () => {
  const got: [string, number][] = [];
  const output = (name: string): Consumer => ({
    consume: (batch) => Promise.resolve(void got.push([name, batch.itemCount])),
  });
  const world = heldWorld({ gates: new Set([ignoreGate]) });
  const named = { 'traces/a': output('a'), 'traces/b': output('b') };
  const parts = connectorParts(world, ['traces', 'traces'], named);
  // The IDs of spans are the texts of their numbers: those of even numbers end so.
  const condition = 'IsMatch(span.span_id.string, "[02468]$")';
  const options = { table: [{ condition, pipelines: ['traces/a'] }], default_pipelines: ['traces/b'] };
  const connector = await definition.create(definition.config.parse(options), parts.context, parts.next);
  const large = connector.consume(manySpans(), emptyContext);
  await connector.consume(spans('1', '2', '4'), emptyContext);
  const small = got.splice(0);
  await large;
  expect(small).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
  expect(got).toEqual([
    ['a', 70_000],
    ['b', 70_000],
  ]);
  expect(world.books).toMatchObject({ inItems: 140_003, outItems: 140_003, balance: 0 });
});
