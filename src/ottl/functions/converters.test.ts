import { describe, expect, it } from 'vitest';
import { valueOfCall } from '../../../test/support/ottl-log.js';

const log = {
  body: 'the body',
  attributes: { str: 'hello', uni: 'héllo', n: 5, d: 2.5, flag: true, list: [3, 1, 2], map: { a: 1 }, estr: '' },
};

describe('a call', () => {
  it.each([
    ['IsMatch(log.attributes["str"], "^h.*o$")', true],
    ['IsMatch(log.attributes["n"], "^5$")', true],
    ['IsMatch(log.attributes["missing"], "")', false],
    ['IsMatch(log.body, "body$")', true],
    ['HasPrefix(log.attributes["str"], "he")', true],
    ['HasPrefix(log.attributes["str"], "hello!")', false],
    ['HasSuffix(log.attributes["str"], "lo")', true],
    ['HasSuffix(log.body, "body")', true],
    ['IsString(log.attributes["n"])', false],
    ['IsInt(log.attributes["n"])', true],
    ['IsList(log.attributes["list"])', true],
    ['IsEmpty(log.attributes["estr"])', true],
    ['IsEmpty(log.attributes["str"])', false],
    ['Len(log.attributes["uni"])', 6],
    ['Len(log.attributes["list"])', 3],
    ['Trim("xxaxx", "x")', 'a'],
    ['Trim("  ")', ''],
    ['TrimSuffix("foobar", "bar")', 'foo'],
    ['Substring(log.attributes["uni"], 0, 2, true)', 'h'],
    ['Index(log.attributes["uni"], "llo")', 3],
    ['ContainsValue(log.attributes["list"], 2)', true],
    ['Coalesce([log.attributes["missing"], "x"])', 'x'],
    ['Keys(log.attributes["map"])', ['a']],
    ['Sort(log.attributes["list"], "desc")', [3, 2, 1]],
    ['ToKeyValueString({"b": "x y", "a": 1}, "=", " ", true)', 'a=1 b="x y"'],
    ['ExtractPatterns("k=v", "(?P<key>\\\\w+)=(?P<val>\\\\w+)?x?")', { key: 'k', val: 'v' }],
    ['ParseInt("-0x1F", 0)', -31],
    ['ParseInt("0_7", 0)', 7],
    ['Hex("é")', 'c3a9'],
    ['Base64Encode("é>", "base64-url")', 'w6k-'],
    ['Decode("w6k-", "base64-url")', 'é>'],
    ['Decode(0xe9, "iso-8859-1")', 'é'],
    ['Decode(0x80, "windows-1252")', '€'],
    ['SliceToMap(["a", "b"])', { '': 'a', '1': 'b' }],
  ])('%s is %j', (call, expected) => {
    expect(valueOfCall(call, log)).toEqual(expected);
  });

  it.each([
    ['HasPrefix(log.attributes["n"], "5")', 'expected string but got int64'],
    ['HasSuffix(log.attributes["missing"], "5")', 'expected string but got nil'],
    ['Substring(log.attributes["str"], 4, 2)', 'invalid range for substring function'],
    ['ParseInt(log.attributes["str"], 10)', 'strconv.ParseInt: parsing "hello": invalid syntax'],
    ['ParseInt("9223372036854775808", 10)', 'value out of range'],
    ['Index(log.attributes["n"], 1)', 'expected pcommon.Slice but got int64'],
    ['Sort(log.attributes["str"])', "sort with unsupported type: 'string'. Target is not a list"],
    ['Decode("a!", "base64")', 'could not decode: illegal base64 data at input byte 1'],
    ['Decode(log.attributes["n"], "base64")', 'unsupported type provided to Decode function: int64'],
    ['IsMatch("a", log.attributes["missing"])', 'expected string but got nil'],
  ])('%s fails: %s', (call, message) => {
    expect(() => valueOfCall(call, log)).toThrow(message);
  });

  it('takes linear time for a number of many digits', () => {
    expect(() =>
      valueOfCall('ParseInt(log.attributes["long"], 10)', { attributes: { long: '9'.repeat(1_000_000) } }),
    ).toThrow('value out of range');
    expect(valueOfCall('ParseInt(log.attributes["long"], 10)', { attributes: { long: '0'.repeat(1_000_000) } })).toBe(
      0,
    );
  });
});
