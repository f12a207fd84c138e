import { expect, test } from 'vitest';
import { definition } from './index.js';

test('it has no options, and starts and stops without doing anything', () => {
  expect(definition.config.parse(null)).toEqual({});
  expect(definition.config.safeParse({ endpoint: 'x' }).success).toBe(false);
});
