import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectorParts, heldWorld } from '../../../test/support/held-world.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import { SpanView } from '../../otlp/view/span.js';
import type { Batch } from '../../otlp/batch.js';
import { ignoreGate } from './config.js';
import { definition } from './index.js';

interface Item {
  readonly name: string;
  readonly k: string;
  readonly r: string;
}

const letters = fc.constantFrom('a', 'b', 'c');
const batches = fc
  .array(fc.tuple(letters, fc.array(letters, { maxLength: 5 })), { maxLength: 5 })
  .map((resources) => resources.flatMap(([r, ks], i) => ks.map((k, j): Item => ({ name: `${i}.${j}`, k, r }))));
const tables = fc.array(
  fc.record({
    context: fc.constantFrom('span', 'resource'),
    value: letters,
    action: fc.constantFrom('move', 'copy'),
    edits: fc.boolean(),
    pipelines: fc.uniqueArray(fc.constantFrom('traces/1', 'traces/2', 'traces/3'), { minLength: 1 }),
  }),
  { minLength: 1, maxLength: 6 },
);

function spans(items: readonly Item[]): Batch {
  const builder = new SpanBuilder();
  let last = '';
  for (const { name, k, r } of items) {
    const resource = name.split('.')[0] ?? '';
    if (resource !== last) builder.resource().attribute('r', r).attribute('x', 'y').scope('s');
    last = resource;
    builder.span(name).attribute('k', k).attribute('x', 'y');
  }
  return builder.finish();
}

/** The names of the spans of a batch, each with the number of attributes `x` that it and its resource have. */
function shown(batch: Batch): string[] {
  const names: string[] = [];
  const cursor = new BatchCursor(new SpanView()).open(batch);
  while (cursor.next()) {
    let others = 0;
    for (const view of [cursor.item, cursor.resource])
      for (const entry = view.attributes(); entry.next();) if (entry.key.toString() === 'x') others++;
    names.push(`${cursor.item.name.toString()} ${others}`);
  }
  return names;
}

test('each span reaches the pipelines of its routes once, and changed only where its route changes it', async () => {
  await fc.assert(
    fc.asyncProperty(batches, tables, fc.boolean(), async (items, routes, hasDefault) => {
      const got: Record<string, string[]> = { 'traces/1': [], 'traces/2': [], 'traces/3': [] };
      const named = Object.fromEntries(
        Object.keys(got).map((id): [string, Consumer] => [
          id,
          { consume: (batch) => Promise.resolve(void got[id]?.push(...shown(batch))) },
        ]),
      );
      const world = heldWorld({ gates: new Set([ignoreGate]) });
      const parts = connectorParts(world, ['traces', 'traces'], named);
      // Texts differ, as a route that stands in the table twice has no effect.
      const table = routes.map(({ context, value, action, edits, pipelines }, i) => {
        const key = context === 'span' ? 'k' : 'r';
        const where = `${context}.attributes["${key}"] == "${value}" and ${i} == ${i}`;
        return edits
          ? { statement: `delete_key(${context}.attributes, "x") where ${where}`, action, pipelines }
          : { condition: where, action, pipelines };
      });
      const options = definition.config.parse({ table, default_pipelines: hasDefault ? ['traces/3'] : [] });
      const connector = await definition.create(options, parts.context, parts.next);
      await connector.consume(spans(items), emptyContext);

      const expected: Record<string, string[]> = { 'traces/1': [], 'traces/2': [], 'traces/3': [] };
      let dropped = 0;
      for (const { name, k, r } of items) {
        let isMoved = false;
        for (const { context, value, action, edits, pipelines } of routes) {
          if (isMoved || (context === 'span' ? k : r) !== value) continue;
          for (const id of pipelines) expected[id]?.push(`${name} ${edits ? 1 : 2}`);
          isMoved = action === 'move';
        }
        if (isMoved) continue;
        if (hasDefault) expected['traces/3']?.push(`${name} 2`);
        else dropped++;
      }
      for (const id of Object.keys(expected)) expect(got[id]?.toSorted()).toEqual(expected[id]?.toSorted());
      expect(world.books.balance).toBe(0);
      expect(world.books.droppedItems['no_route'] ?? 0).toBe(dropped);
    }),
    { numRuns: 200 },
  );
});
