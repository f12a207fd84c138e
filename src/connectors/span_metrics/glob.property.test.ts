import fc from 'fast-check';
import { expect, test } from 'vitest';
import { globFault } from '../../pattern/glob.js';
import { GlobSet } from './glob.js';

const matches = (globs: string[], name: string): boolean => {
  const set = new GlobSet(globs);
  const bytes = Buffer.from(`..${name}.`);
  const first = set.has(bytes, 2, bytes.length - 1);
  expect(set.has(bytes, 2, bytes.length - 1)).toBe(first);
  return first;
};

/** Backtracking over the simple signs. */
function reference(glob: string, name: string): boolean {
  if (glob === '') return name === '';
  const [sign, ...rest] = glob;
  if (sign === '*') return reference(rest.join(''), name) || (name !== '' && reference(glob, name.slice(1)));
  return name !== '' && (sign === '?' || sign === name[0]) && reference(rest.join(''), name.slice(1));
}

test('stars and question marks match as a plain reader says', () => {
  const text = (signs: string): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom(...signs), maxLength: 6 });
  fc.assert(
    fc.property(text('ab.*?'), text('ab.'), (glob, name) => {
      expect(matches([glob], name)).toBe(reference(glob, name));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['http.*', 'http.method', true],
  ['http.*', 'http', false],
  ['http.*', 'xhttp.method', false],
  ['[a-c]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[!a-c]x', 'dx', true],
  ['[!a-c]x', 'ax', false],
  ['[ab]', 'b', true],
  ['[ab]', '-', false],
  ['{http,rpc.*}.code', 'http.code', true],
  ['{http,rpc.*}.code', 'rpc.grpc.code', true],
  ['{http,rpc.*}.code', 'http,rpc.code', false],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['a+(b)|c$', 'a+(b)|c$', true],
  ['?', 'é', true],
  ['k8s.*', `k8s.${'x'.repeat(200)}`, true],
])('%s and %s: %s', (glob, name, expected) => {
  expect(globFault(glob)).toBeUndefined();
  expect(matches([glob], name)).toBe(expected);
});

test.each(['a[*', 'a{b', 'a\\', '[]'])('%s is refused', (glob) => {
  expect(globFault(glob)).toBeTypeOf('string');
});

test('names beyond those that are remembered are matched all the same', () => {
  const set = new GlobSet(['a*']);
  for (let i = 0; i < 5000; i++) {
    const name = Buffer.from(`${i % 2 === 0 ? 'a' : 'b'}${i}`);
    expect(set.has(name, 0, name.length)).toBe(i % 2 === 0);
  }
});
