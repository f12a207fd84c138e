import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const source = path.resolve(import.meta.dirname, '..');

/** Modules, as files in src, and packages that a module loads before it runs. */
function importsOf(file: string): string[] {
  const text = fs.readFileSync(path.join(source, file), 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type )[^;']*?from '([^']+)';$/gm)].map(([, name = '']) =>
    name.startsWith('.') ? path.join(path.dirname(file), name.replace(/\.js$/, '.ts')) : name,
  );
}

/** All that is loaded for any command, before a component is. */
function loadedWith(...entries: readonly string[]): Set<string> {
  const loaded = new Set<string>();
  const left = [...entries];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (loaded.has(name)) continue;
    loaded.add(name);
    if (name.endsWith('.ts')) left.push(...importsOf(name));
  }
  return loaded;
}

const loaded = loadedWith('cli/main.ts', 'workers/single-process.ts');

test.each(['net/http2/', 'net/grpc/channel.ts', 'prometheus/', 'telemetry/push/open.ts', 'lint/', 'ottl/'])(
  'a start loads no %s that its configuration does not need',
  (part) => {
    expect([...loaded].filter((name) => name.startsWith(part))).toEqual([]);
  },
);

test('a start loads few modules, of which each takes most of a millisecond', () => {
  expect(loaded).toContain('config/load.ts');
  expect([...loaded].filter((name) => name.endsWith('.ts')).length).toBeLessThan(200);
  const packages = [...loaded].filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'));
  expect(packages.toSorted()).toEqual(['commander', 'leven', 'yaml', 'zod']);
});
