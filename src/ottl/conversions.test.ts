import { describe, expect, it } from 'vitest';
import { boolLike, bytesLike, floatLike, intLike, stringLike } from './conversions.js';
import { OttlError } from './ottl-error.js';
import { Duration, Opaque, SpanId, Time, TraceId, TypedList, type Value } from './value.js';

const bytes = Uint8Array.of(0, 1, 0xfe, 0xff);
const id = new TraceId(Uint8Array.from({ length: 16 }, (_, i) => i + 1));

function outcome(convert: (value: Value) => unknown, value: Value): unknown {
  try {
    return convert(value);
  } catch (error) {
    if (error instanceof OttlError) return error.message;
    throw error;
  }
}

describe('a value as a text', () => {
  it.each<[Value, string | undefined]>([
    [undefined, undefined],
    ['', ''],
    [true, 'true'],
    [-5n, '-5'],
    [5, '5'],
    [-0, '-0'],
    [2.5, '2.5'],
    [123456789.125, '123456789.125'],
    [1e21, '1000000000000000000000'],
    [-1.25e-7, '-0.000000125'],
    [5e-324, `0.${'0'.repeat(323)}5`],
    [NaN, 'NaN'],
    [Infinity, '+Inf'],
    [bytes, '0001feff'],
    [
      new Map<string, Value>([
        ['b', 1n],
        ['a', [1.5, 'x<y']],
      ]),
      '{"a":[1.5,"x\\u003cy"],"b":1}',
    ],
    [['a', 1n, 2.5, true, undefined, bytes], '["a",1,2.5,true,null,"AAH+/w=="]'],
    [[1e-7, 1e-6, 1e21, 1e20], '[1e-7,0.000001,1e+21,100000000000000000000]'],
    [['\b\f\n\u2028"\\b&'], '["\\u0008\\u000c\\n\\u2028\\"\\\\b\\u0026"]'],
    [[NaN], 'json: unsupported value: NaN'],
    [new TypedList('string', ['a', 'b']), '["a","b"]'],
    [id, '[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]'],
    [new SpanId(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255)), '[1,2,3,4,5,6,7,255]'],
    [new Duration(90_000_000_000n), '90000000000'],
    [new Time(1_700_000_000_123_456_789n), '"2023-11-14T22:13:20.123456789Z"'],
    [new Time(-1n), '"1969-12-31T23:59:59.999999999Z"'],
    [new Opaque('ptrace.Status', 0, bytes), '{}'],
  ])('writes %o', (value, text) => {
    expect(outcome(stringLike, value)).toBe(text);
  });

  it('writes keys in the order of their bytes', () => {
    const keys = ['\u{1f600}', '\uffff', 'b', 'a', 'B'];
    expect(stringLike(new Map(keys.map((key) => [key, 1n])))).toBe('{"B":1,"a":1,"b":1,"\uffff":1,"\u{1f600}":1}');
  });

  it('goes to any depth', () => {
    let value: Value = [];
    for (let i = 0; i < 100_000; i++) value = [value];
    expect(stringLike(value)).toHaveLength(200_002);
  });
});

describe('a value as an int', () => {
  it.each<[Value, bigint | string | undefined]>([
    [undefined, undefined],
    [7n, 7n],
    [true, 1n],
    [false, 0n],
    [-5.9, -5n],
    [NaN, -(2n ** 63n)],
    [1e300, -(2n ** 63n)],
    ['010', 10n],
    ['+5', 5n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
    ['2.0', 'strconv.ParseInt: parsing "2.0": invalid syntax'],
    ['', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['1_000', 'strconv.ParseInt: parsing "1_000": invalid syntax'],
    ['a"\n\u0001', 'strconv.ParseInt: parsing "a\\"\\n\\x01": invalid syntax'],
    [`-${'0'.repeat(5000)}7`, -7n],
    [[], 'unsupported type: pcommon.Slice'],
    [bytes, 'unsupported type: []uint8'],
    [new Duration(1n), 'unsupported type: time.Duration'],
  ])('reads %o', (value, expected) => {
    expect(outcome(intLike, value)).toBe(expected);
  });

  it('cuts a long text in its message', () => {
    expect(outcome(intLike, '1'.repeat(1_000_000))).toContain(`"${'1'.repeat(256)}...": value out of range`);
  });
});

describe('a value as a float', () => {
  it.each<[Value, number | string | undefined]>([
    [undefined, undefined],
    [2.5, 2.5],
    [9007199254740993n, 9007199254740992],
    [true, 1],
    ['5.5e3', 5500],
    ['.5', 0.5],
    ['1.', 1],
    ['NaN', NaN],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['0x1p4', 16],
    ['-0x1.8p1', -3],
    ['1_0', 10],
    ['0x_1p0', 1],
    ['1__0', 'strconv.ParseFloat: parsing "1__0": invalid syntax'],
    ['_1', 'strconv.ParseFloat: parsing "_1": invalid syntax'],
    ['0x1', 'strconv.ParseFloat: parsing "0x1": invalid syntax'],
    ['+nan', 'strconv.ParseFloat: parsing "+nan": invalid syntax'],
    ['1e400', 'strconv.ParseFloat: parsing "1e400": value out of range'],
    ['', 'strconv.ParseFloat: parsing "": invalid syntax'],
    [new Map(), 'unsupported type: pcommon.Map'],
  ])('reads %o', (value, expected) => {
    expect(outcome(floatLike, value)).toBe(expected);
  });
});

describe('a value as a bool', () => {
  it.each<[Value, boolean | string | undefined]>([
    [undefined, undefined],
    [false, false],
    [5n, true],
    [0n, false],
    [NaN, true],
    [-0, false],
    ['TRUE', true],
    ['f', false],
    ['yes', 'strconv.ParseBool: parsing "yes": invalid syntax'],
    ['', 'strconv.ParseBool: parsing "": invalid syntax'],
    [[], 'unsupported type: pcommon.Slice'],
  ])('reads %o', (value, expected) => {
    expect(outcome(boolLike, value)).toBe(expected);
  });
});

describe('a value as bytes', () => {
  it.each<[Value, string | undefined]>([
    [undefined, undefined],
    [bytes, '0001feff'],
    ['hello', '68656c6c6f'],
    [12n, '000000000000000c'],
    [-1n, 'ffffffffffffffff'],
    [1.5, '3ff8000000000000'],
    [true, '01'],
  ])('makes them of %o', (value, hex) => {
    const made = bytesLike(value);
    expect(made && Buffer.from(made).toString('hex')).toBe(hex);
  });

  it.each<[Value, string]>([
    [[], 'unsupported type: pcommon.Slice'],
    [id, 'unsupported type: pcommon.TraceID'],
  ])('refuses %o', (value, message) => {
    expect(outcome(bytesLike, value)).toBe(message);
  });
});
