import { expect, test } from 'vitest';
import { emptyContext } from '../../component/consumer.js';
import { heldWorld, spans } from '../../../test/support/held-world.js';
import { definition } from './index.js';

test('everything it takes is delivered in the books', async () => {
  const { context, books } = heldWorld();
  const exporter = await definition.create({}, context);
  await exporter.consume(spans('a', 'b'), emptyContext);
  expect(books).toMatchObject({ inItems: 2, outItems: 2, balance: 0 });
});
