import { describe, expect, it, test } from 'vitest';
import { plainEnvironment, plainScene, type PlainScene } from '../../test/support/ottl.js';
import { OttlError, StatementError } from './ottl-error.js';
import { compileCondition, compileGuardedEdit, compileStatement, compileValue } from './statement.js';
import { Duration, SpanId, Time, TypedList, type Value } from './value.js';

const environment = plainEnvironment();

function scene(): PlainScene {
  return plainScene({
    attributes: new Map<string, Value>([
      ['int', 42n],
      ['zero', 0n],
      ['dbl', 3.5],
      ['str', 'hello'],
      ['bool', true],
      ['list', ['a', 'b']],
      ['map', new Map<string, Value>([['x', 1n]])],
      ['typed', new TypedList('string', ['a', 'b'])],
      ['bytes', Uint8Array.of(1, 2)],
      ['nan', NaN],
      ['id', new SpanId(new Uint8Array(8))],
      ['span', new Duration(60_000_000_000n)],
    ]),
    name: 'a',
    severity_number: 9n,
    time: new Time(1_700_000_000_123_456_789n),
  });
}

/** The value of an expression, or why it has none. */
function valueOf(text: string): unknown {
  const at = scene();
  return outcome(() => {
    compileStatement(`set(log.body, ${text.replaceAll('A[', 'log.attributes[')})`, environment).run(at);
    return at.fields.get('body');
  });
}

function holds(text: string): unknown {
  return outcome(() => compileCondition(text.replaceAll('A[', 'log.attributes['), environment).matches(scene()));
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof OttlError) return error.message;
    throw error;
  }
}

describe('a value', () => {
  it.each<[string, unknown]>([
    ['1 + 2 * 3', 7n],
    ['7 / 2', 3n],
    ['-7 / 2', -3n],
    ['1 + 1.0', 2],
    ['-9223372036854775807 - 2', 9223372036854775807n],
    ['9223372036854775807 * 2', -2n],
    ['1.0 / 0.0', 'attempted to divide by 0'],
    ['A["int"] / A["zero"]', 'attempted to divide by 0'],
    ['A["missing"] + 1', '<nil> must be int64, float64, time.Time or time.Duration'],
    ['A["str"] + 1', 'hello must be int64, float64, time.Time or time.Duration'],
    ['1 + A["str"]', 'hello must be int64 or float64'],
    ['-A["int"]', -42n],
    ['-(A["int"] + 1)', -43n],
    ['-A["str"]', 'unsupported unary minus operation on type string'],
    ['log.time - log.time', new Duration(0n)],
    ['log.time + A["span"]', new Time(1_700_000_060_123_456_789n)],
    ['A["span"] + log.time', new Time(1_700_000_060_123_456_789n)],
    ['log.time - 5', 'time.Time or time.Duration must be subtracted from time.Time; found 5 instead'],
    [
      'log.time + log.time',
      'time.Time must be added to time.Duration; found 2023-11-14 22:13:20.123456789 +0000 UTC instead',
    ],
    ['log.time * 2', 'only addition and subtraction supported for time.Time and time.Duration'],
    ['[1 + 2, A["str"], [nil]]', [3n, 'hello', [undefined]]],
    ['{"a": A["int"], "a": 2}', new Map([['a', 2n]])],
    ['SEVERITY_NUMBER_WARN', 13n],
    ['Split("a-b", "-")[1]', 'b'],
    ['Split("a-b", "-")[2]', 'index 2 out of bounds'],
    ['Split("a-b", "-")["x"]', 'type, pcommon.Slice, does not support string indexing'],
    ['Identity({"a": {"b": 1}})["a"]["b"]', 1n],
    ['Identity({})["a"]', 'key not found in map'],
    ['Identity(A["typed"])[A["zero"]]', 'a'],
    ['Identity("x")[0]', 'type, string, does not support int indexing'],
    ['Substring("hello", 1, 2)', 'el'],
    ['Substring(length=2, start=1, target="hello")', 'el'],
    ['Substring("hello", 1, length=2, utf8Safe=true)', 'el!'],
    ['Concat(["a", 1, 2.5, nil], ",")', 'a,1,2.5,<nil>'],
    ['Int(A["str"])', 'strconv.ParseInt: parsing "hello": invalid syntax'],
    ['Apply(SHA256)', 'SHA256'],
    ['Apply(Split)', 'Split'],
  ])('%s', (text, expected) => {
    expect(valueOf(text)).toEqual(expected);
  });
});

describe('a condition', () => {
  it.each<[string, unknown]>([
    ['true or Int(A["str"]) == 1', true],
    ['false and 1 / A["zero"] == 1', false],
    ['false or false or 1 / A["zero"] == 1', 'attempted to divide by 0'],
    ['1 / A["zero"] == 1 or (true and not false)', true],
    ['1 / A["zero"] == 1 and 1 == 2', false],
    ['1 / A["zero"] == 1 and 1 == 1', 'attempted to divide by 0'],
    ['1 / A["zero"] == 1 or IsString("a")', 'attempted to divide by 0'],
    ['not (1 == 2) and "a" == "a"', true],
    ['IsString(A["str"])', true],
    ['not IsString(A["int"])', true],
    ['Identity(A["int"])', 'value returned from Converter in constant expression must be bool but got int64'],
    ['A["int"] == 42.0 and 42 == A["int"] and A["int"] < 42.5 and 41 < A["int"]', true],
    ['"\u{1f600}" > "\uffff" and "é" > "z" and "10" < "9"', true],
    ['A["str"] == 1 or A["str"] < 1 or A["str"] >= 1 or not (A["str"] != 1)', false],
    ['A["missing"] == nil and not (A["missing"] != nil) and nil <= nil and A["missing"] != 5', true],
    ['A["missing"] < 5 or A["missing"] > 5 or nil < 1 or A["missing"] == ""', false],
    ['A["bool"] > false and false < A["bool"] and A["bool"] != 1', true],
    ['A["bytes"] < 0x02 and A["bytes"] == 0x0102 and 0xff > 0x0100', true],
    ['A["list"] == ["a", "b"] and A["list"] != ["b", "a"]', true],
    ['A["list"] < ["b"] or A["map"] >= {} or A["map"] <= A["map"]', false],
    ['{"a": 1, "b": 2} == {"b": 2, "a": 1} and {"a": 1} != {"a": 1.0} and {"a": nil} != {}', true],
    ['A["typed"] == ["a", "b"] or [] == {} or A["list"] == "a"', false],
    ['A["nan"] == A["nan"] or A["nan"] < 1 or A["nan"] >= 1', false],
    ['A["nan"] != A["nan"]', true],
    ['A["id"] == A["id"] and A["id"] != 0x0000000000000000', true],
    ['A["id"] <= A["id"]', false],
    ['log.time == log.time and log.time != 1 and A["span"] == A["span"]', true],
  ])('%s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });
});

describe('a statement', () => {
  it('runs its editor where its condition holds', () => {
    const statement = compileStatement('set(log.body, 1) where log.name == "a"', environment);
    const at = scene();
    expect(statement.run(at)).toBe(true);
    expect(at.fields.get('body')).toBe(1n);
    at.fields.set('name', 'b').delete('body');
    expect(statement.run(at)).toBe(false);
    expect(at.fields.get('body')).toBeUndefined();
  });

  it('has paths without a context where the context is given', () => {
    const at = scene();
    compileStatement('set(body, log.name) where attributes["int"] == 42', plainEnvironment(true)).run(at);
    expect(at.fields.get('body')).toBe('a');
  });

  it('may be as long as it likes', () => {
    expect(holds(`A["int"]${' + 1'.repeat(100_000)} == 100042`)).toBe(true);
    expect(holds(`A["int"] == 1${' or A["int"] == 1'.repeat(50_000)}`)).toBe(false);
    expect(holds(`[${'[1],'.repeat(100_000)} 2] == A["list"]`)).toBe(false);
    expect(valueOf(`Concat([${'"a",'.repeat(100_000)} "b"], "")`)).toHaveLength(100_001);
  });
});

describe('a value that stands alone', () => {
  it.each<[string, unknown]>([
    ['1', 1n],
    ['"1"', '1'],
    ['log.attributes["int"] * 2 + 1', 85n],
    ['log.attributes["map"]["x"]', 1n],
    ['nil', undefined],
  ])('%s', (text, value) => {
    expect(compileValue(text, environment).get(scene())).toEqual(value);
  });

  it.each(['', '1 == 1', 'log.name and', '1 2'])('is not %j', (text) => {
    expect(() => compileValue(text, environment)).toThrow(StatementError);
  });
});

test('a condition and its editor run apart', () => {
  const { editor, matches, edit } = compileGuardedEdit('set(log.body, "x") where log.name == "a"', environment);
  const at = scene();
  expect([editor, matches(at), at.fields.get('body')]).toEqual(['set', true, undefined]);
  edit(at);
  expect(at.fields.get('body')).toBe('x');
  expect(matches(plainScene({ name: 'b' }))).toBe(false);
  expect(compileGuardedEdit('set(log.body, "x")', environment).matches(at)).toBe(true);
});
