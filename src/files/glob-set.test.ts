import { expect, test } from 'vitest';
import { FileGlobs, PathGlobs, type GlobState } from './glob-set.js';
import { GlobError } from './glob-syntax.js';

/** Whether walking the folders of a path ends at a file that the globs name. */
function walks(globs: readonly string[], path: string): boolean {
  const set = new FileGlobs(globs);
  const names = path.split('/').filter((name) => name !== '');
  const start = set.starts.find(({ folder }) => (folder === '/') === path.startsWith('/'));
  let state: GlobState = start?.state ?? [];
  for (const [i, name] of names.entries()) {
    const match = set.match(state, name);
    if (i === names.length - 1) return match.isFile;
    state = match.inside;
  }
  return false;
}

test.each<[glob: string, path: string, matches: boolean]>([
  ['/var/log/*.log', '/var/log/a.log', true],
  ['/var/log/*.log', '/var/log/.log', true],
  ['/var/log/*.log', '/var/log/x/a.log', false],
  ['/var/**/*.log', '/var/a.log', true],
  ['/var/**/*.log', '/var/x/y/a.log', true],
  ['/var/**/x/**/a', '/var/p/x/a', true],
  ['/var/**/x/**/a', '/var/x/q/r/a', true],
  ['/var/**/x/**/a', '/var/q/a', false],
  ['/var/**', '/var/x/y', true],
  ['a?.log', 'ab.log', true],
  ['a?.log', 'a.log', false],
  ['a[0-9].log', 'a5.log', true],
  ['a[^0-9].log', 'ax.log', true],
  ['a[!0-9].log', 'a5.log', false],
  ['*.{txt,out}', 'x.out', true],
  ['{a/b,c}/*.log', 'a/b/x.log', true],
  ['{a/b,c}/*.log', 'c/x.log', true],
  ['{a,b{1,2}}.log', 'b2.log', true],
  ['a\\*.log', 'a*.log', true],
  ['a\\*.log', 'ax.log', false],
  ['./a.log', 'a.log', true],
  ['a+b(c).log', 'a+b(c).log', true],
  ['é*.log', 'éa.log', true],
])('%s against %s', (glob, path, matches) => {
  expect(walks([glob], path)).toBe(matches);
  expect(new PathGlobs([glob]).matches(path.replace(/^\.\//, ''))).toBe(matches);
});

test('several globs are walked together', () => {
  expect(walks(['/a/*.log', '/a/b/*', '/c'], '/a/b/x')).toBe(true);
  expect(walks(['/a/*.log', '/a/b/*', '/c'], '/c')).toBe(true);
});

test.each(['/x/[a.log', '[]a', '{a', 'a}', 'a\\', '[a-', '[z-a]', `{a,b}`.repeat(11)])('%s is no glob', (glob) => {
  expect(() => new FileGlobs([glob])).toThrow(GlobError);
});
