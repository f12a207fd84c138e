import { expect, test } from 'vitest';
import { findNamed } from './components.js';

const none = new Set<string>();
const types = { receivers: none, processors: none, exporters: none, connectors: none, extensions: none };

test('only the components that are named are loaded', async () => {
  const found = await findNamed({ ...types, receivers: new Set(['otlp']), exporters: new Set(['nop', 'debug']) });
  expect([...(found?.receivers.keys() ?? [])]).toEqual(['otlp']);
  expect([...(found?.exporters.keys() ?? [])].sort()).toEqual(['debug', 'nop']);
  expect(found?.processors.size).toBe(0);
});

test.each(['otlphttp', 'nope', '..', '', 'toString'])(
  'an older spelling, or no type at all, is not among them: %j',
  async (type) => {
    expect(await findNamed({ ...types, exporters: new Set(['nop', type]) })).toBe(undefined);
  },
);
