import { describe, expect, it } from 'vitest';
import { logBatch, runStatements } from '../../../../test/support/ottl-log.js';

const attributes = { str: 'hello', empty: '', n: 5, flag: true, list: [1, 'b'], map: { x: 1, inner: { y: 'z' } } };

describe('an editor that changes nothing leaves the batch as it is', () => {
  it.each([
    'delete_key(log.attributes, "missing")',
    'delete_matching_keys(log.attributes, "^zzz")',
    'keep_matching_keys(log.attributes, ".")',
    'keep_keys(log.attributes, ["str", "empty", "n", "flag", "list", "map"])',
    'limit(log.attributes, 6, ["str"])',
    'truncate_all(log.attributes, 5)',
    'replace_pattern(log.attributes["str"], "x", "y")',
    'replace_pattern(log.attributes["str"], "l", "l")',
    'replace_pattern(log.attributes["n"], "5", "6")',
    'replace_pattern(log.attributes["missing"], "", "6")',
    'replace_match(log.attributes["str"], "h?", "y")',
    'replace_all_patterns(log.attributes, "value", "x", "y")',
    'replace_all_patterns(log.attributes, "key", "q", "y")',
    'replace_all_matches(log.attributes, "h?", "y")',
    'merge_maps(log.attributes, {}, "upsert")',
    'merge_maps(log.attributes, {"str": 1}, "insert")',
    'merge_maps(log.attributes, {"new": 1}, "update")',
    'delete_index(log.attributes["list"], 1, 1)',
    'flatten(log.attributes["map"]["inner"])',
    'stringify_all(log.attributes["map"]["inner"])',
  ])('%s', (statement) => {
    const batch = logBatch({ attributes });
    expect(runStatements(batch, [statement]).batch).toBe(batch);
  });
});

describe('an editor', () => {
  it.each([
    ['set(log.attributes["str"], "x")', { str: 'x' }],
    [
      'limit(log.attributes, 2, ["n"])',
      { str: 'hello', empty: undefined, flag: undefined, list: undefined, map: undefined },
    ],
    ['truncate_all(log.attributes, 4, true, "..")', { str: 'he..' }],
    ['truncate_all(log.attributes, 2, true, "...")', { str: 'he' }],
    ['replace_all_patterns(log.attributes, "value", "^$", "EMPTY")', { empty: 'EMPTY' }],
    ['replace_all_matches(log.attributes, "hel*", "x")', { str: 'x' }],
    ['replace_pattern(log.attributes["str"], "l+", "[$0]", ToUpperCase, "<%s>")', { str: 'he<[LL]>o' }],
    ['replace_match(log.attributes["str"], "h*", "abc", ToUpperCase, "<%s>")', { str: '<ABC>' }],
    ['append(log.attributes["n"], values=[6, "x"])', { n: [5, 6, 'x'] }],
    ['delete_index(log.attributes["list"], 0)', { list: ['b'] }],
    ['flatten(log.attributes["map"])', { map: { x: 1, 'inner.y': 'z' } }],
    ['stringify_all(log.attributes["map"])', { map: { x: '1', inner: '{"y":"z"}' } }],
    ['clear(log.attributes["map"])', { map: {} }],
    ['merge_maps(log.attributes, {"n": 1, "new": 2}, "update")', { n: 1 }],
    ['delete_key(log.attributes["map"], "x")', { map: { inner: { y: 'z' } } }],
    ['keep_keys(log.attributes["map"], ["x"])', { map: { x: 1 } }],
    [
      'replace_all_patterns(log.attributes["map"], "key", "^(.*)$", "k.$1")',
      { map: { 'k.x': 1, 'k.inner': { y: 'z' } } },
    ],
  ])('%s', (statement, changed) => {
    const expected = Object.fromEntries(
      Object.entries({ ...attributes, ...changed }).filter(([, value]) => value !== undefined),
    );
    expect(runStatements(logBatch({ attributes }), [statement]).attributes).toEqual(expected);
  });

  it.each([
    'replace_pattern(log.attributes["str"], "(", "x")',
    'replace_match(log.attributes["str"], "[", "x")',
    'replace_pattern(log.attributes["str"], "o", "x", ToUpperCase, "%s%s")',
    'replace_pattern(log.attributes["str"], "o", "x", Concat)',
    'limit(log.attributes, 1, ["a", "b"])',
    'truncate_all(log.attributes, "3")',
    'flatten(log.attributes, depth=0)',
    'merge_maps(log.attributes, {}, "bogus")',
    'append(log.attributes["list"])',
    'replace_all_patterns(log.attributes, "both", "a", "b")',
  ])('%s is refused when the configuration is loaded', (statement) => {
    expect(() => runStatements(logBatch({ attributes }), [statement])).toThrow(
      expect.objectContaining({ name: 'StatementError' }),
    );
  });
});

describe('hostile data', () => {
  it.each([
    ['stringify_all(log.attributes)', 'key1', '1'],
    ['truncate_all(log.attributes, 2)', 'key0', 'te'],
    ['replace_all_patterns(log.attributes, "value", "t", "T")', 'key0', 'TexT 0'],
    ['merge_maps(log.attributes, log.attributes, "upsert")', 'key1', 1],
    ['merge_maps(log.attributes, {"key0": 1}, "update")', 'key0', 1],
  ])('%s changes many entries in one pass', (statement, name, expected) => {
    const entries = Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i % 2 === 0 ? `text ${i}` : i] as const);
    const { attributes: changed } = runStatements(logBatch({ attributes: Object.fromEntries(entries) }), [statement]);
    expect(Object.keys(changed)).toEqual(entries.map(([key]) => key));
    expect(changed[name]).toBe(expected);
  });

  const failure = expect.objectContaining({ name: 'OttlError' });
  const deep = (depth: number): unknown => {
    let value: unknown = 'end';
    for (let i = 0; i < depth; i++) value = { a: value, b: 'x'.repeat(20) };
    return value;
  };

  it('does not make keys of a deep map without a bound', () => {
    const batch = logBatch({ attributes: { deep: deep(400) } });
    const { attributes: flat } = runStatements(batch, ['flatten(log.attributes)']);
    expect(Object.keys(flat)).toHaveLength(401);
  });

  it('does not let a replacement grow without a bound', () => {
    const batch = logBatch({ attributes: { long: 'a'.repeat(100_000) } });
    const statement = `replace_pattern(log.attributes["long"], "a", "${'$0'.repeat(1000)}")`;
    expect(() => runStatements(batch, [statement])).toThrow(failure);
  });

  it('does not let a text double without a bound', () => {
    const batch = logBatch({ attributes: { long: 'a'.repeat(100_000) } });
    const statement = 'set(log.attributes["long"], Concat([log.attributes["long"], log.attributes["long"]], ""))';
    expect(() =>
      runStatements(
        batch,
        Array.from({ length: 12 }, () => statement),
      ),
    ).toThrow(failure);
  });

  it('does not compile a long pattern of the data', () => {
    const batch = logBatch({ attributes: { source: 'a{1000}'.repeat(1000) } });
    const statement = 'set(log.attributes["m"], IsMatch("a", log.attributes["source"]))';
    expect(() => runStatements(batch, [statement])).toThrow(failure);
  });
});
