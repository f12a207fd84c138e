import { expect, test } from 'vitest';
import { discoverComponents, findNamed, sections } from './components.js';

const none = new Set<string>();
const types = { receivers: none, processors: none, exporters: none, connectors: none, extensions: none };

test('only the components that are named are loaded', async () => {
  const found = await findNamed({ ...types, receivers: new Set(['otlp']), exporters: new Set(['nop', 'debug']) });
  expect([...(found?.receivers.keys() ?? [])]).toEqual(['otlp']);
  expect([...(found?.exporters.keys() ?? [])].sort()).toEqual(['debug', 'nop']);
  expect(found?.processors.size).toBe(0);
});

test('an older spelling finds its component', async () => {
  const all = await discoverComponents();
  const older = sections.flatMap((section) =>
    [...all[section].values()].flatMap(({ type, aliases = [] }) => aliases.map((alias) => ({ section, type, alias }))),
  );
  expect(older.length).toBeGreaterThan(15);
  for (const { section, type, alias } of older) {
    const found = await findNamed({ ...types, [section]: new Set([alias]) });
    expect([alias, ...(found?.[section].keys() ?? [])]).toEqual([alias, type]);
  }
});

test.each(['nope', '..', '', 'otlp_', 'toString'])('no type at all is not among them: %j', async (type) => {
  expect(await findNamed({ ...types, exporters: new Set(['nop', type]) })).toBe(undefined);
});
