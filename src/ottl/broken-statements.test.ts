import { describe, expect, it } from 'vitest';
import { plainEnvironment } from '../../test/support/ottl.js';
import { StatementError } from './ottl-error.js';
import { renderStatementError } from './render-error.js';
import { compileCondition, compileStatement } from './statement.js';

const enums = 'enums are "SEVERITY_NUMBER_INFO" and "SEVERITY_NUMBER_WARN"';

/** A text, where its mistake stands, and the message. */
type Broken = readonly [text: string, offset: number, message: string];

const statements: readonly Broken[] = [
  ['', 0, 'the statement is empty'],
  [' ', 1, 'the statement is empty'],
  ['set', 0, 'a statement begins with an editor and its arguments, such as set(...)'],
  ['log.body', 0, 'a statement begins with an editor and its arguments, such as set(...)'],
  ['set(log.body, 1', 15, 'expected "," or ")", found the end: "(" is open since column 4'],
  ['set(log.body 1)', 13, 'expected "," or ")", found "1"'],
  ['set(log.body, 1))', 16, 'expected "where" or the end, found ")"'],
  ['set(log.body, 1) where', 22, 'expected a value, found the end'],
  ['set(log.body, 1) where and', 23, 'expected a value, found "and": "and" stands between or before conditions'],
  ['set(log.body, 1) where 1 ==', 27, 'expected a value, found the end'],
  [
    'set(log.body, 1) where == 1',
    23,
    'expected a value, found "==": a comparison stands in a condition, once between two values',
  ],
  ['set(log.body, 1) where (true', 28, 'expected "and", "or" or ")", found the end: "(" is open since column 24'],
  ['set(log.body, 1) where true)', 27, 'expected "and", "or" or the end, found ")"'],
  [`set(log.body, 'x')`, 14, `"'" has no meaning here: a text stands in double quotes ("...")`],
  ['set(log.body, "x)', 14, 'this text has no closing quote (")'],
  [
    `set(log.body, "\\q")`,
    15,
    `"\\q" is no escape in a text: a backslash, such as that of a pattern, is written twice ("\\\\q")`,
  ],
  [
    `set(log.body, "^\\d+$")`,
    16,
    `"\\d" is no escape in a text: a backslash, such as that of a pattern, is written twice ("\\\\d")`,
  ],
  ['set(log.body, 0xabc)', 14, 'bytes have two hexadecimal digits each: one is missing here'],
  ['set(log.body, 0x)', 14, '"0x" is no number: bytes are written 0x01ff'],
  ['set(log.body, 1e3)', 14, '"1e3" is no number: a float has a point, write 1.0e3'],
  ['set(log.body, 5s)', 14, '"5s" is no number: a duration is written Duration("5s")'],
  ['set(log.body, 1.2.3)', 17, 'expected "," or ")", found ".3"'],
  ['set(log.body, -9223372036854775808)', 15, 'this number does not fit into an int64 (at most 9223372036854775807)'],
  ['set(log.body, 1.0e999)', 14, 'this number does not fit into a float64'],
  ['set(log.body, --5)', 15, 'expected a number: there is one sign at most, found "-"'],
  ['set(log.body, -"a")', 15, 'only numbers, paths and functions can be calculated with'],
  ['set(log.body, nil + 1)', 14, 'only numbers, paths and functions can be calculated with'],
  ['set(log.body, "a" + "b")', 14, 'only numbers, paths and functions can be calculated with'],
  ['set(log.body, [1,)', 17, 'expected a value, found ")"'],
  ['set(log.body, [1 2])', 17, 'expected "," or "]", found "2"'],
  ['set(log.body, {a: 1})', 15, 'expected a key in double quotes or "}", found "a"'],
  ['set(log.body, {"a" 1})', 19, 'expected ":" behind the key, found "1"'],
  ['set(log.attributes[], 1)', 19, 'expected a key ("...") or a place (0, 1, ...), found "]"'],
  ['set(log.attributes["a", 1)', 22, 'expected "]", found ","'],
  ['set(log.attributes[nil], 1)', 19, 'a key is a text, an int, a path or a function'],
  [
    'set(log.attributes[a], 1)',
    19,
    'the path "a" has no context in front: write log.a for the path, or "a" for a text',
  ],
  ['set(log.attributes["list"][0-1], 1)', 28, 'expected "]", found "-"'],
  ['set(log.bdy, 1)', 8, 'the context log has no path "bdy"'],
  ['set(log.Body, 1)', 8, 'the names in a path have small letters: "body"'],
  ['set(body, 1)', 4, 'the path "body" has no context in front: write log.body for the path, or "body" for a text'],
  ['set(lgo.body, 1)', 4, '"lgo" is no context that can be reached from log: did you mean "log"?'],
  ['set(span.name, 1)', 4, '"span" is no context that can be reached from log: here are "log", "scope" and "resource"'],
  ['set(log.kind, 1)', 4, '"target" of set: log.kind is read-only'],
  ['set("a", 1)', 4, '"target" of set: must be a path'],
  ['set(1, 2)', 4, '"target" of set: must be a path'],
  ['set(Concat(["a"], ""), 2)', 4, '"target" of set: must be a path'],
  ['set(log.name.x, 1)', 13, '"name" has no parts'],
  ['nope(log.body)', 0, 'there is no function "nope" here'],
  ['sett(log.body, 1)', 0, 'there is no function "sett" here: did you mean "set"?'],
  ['Set(log.body, 1)', 0, 'there is no function "Set" here: did you mean "set"?'],
  ['Concat(["a"], "")', 0, 'Concat changes nothing: a statement begins with an editor, such as set(..., Concat(...))'],
  ['set(log.body, concat(["a"], ""))', 14, 'there is no function "concat" here: did you mean "Concat"?'],
  ['set(log.body, Nope("x"))', 14, 'there is no function "Nope" here'],
  ['set(log.body, Concatt(["a"], ""))', 14, 'there is no function "Concatt" here: did you mean "Concat"?'],
  [
    'set(log.body, set(log.name, 1))',
    14,
    'set changes the item and has no value: it stands at the beginning of a statement',
  ],
  ['set(log.body)', 0, 'set needs the argument "value" (value): set(target, value)'],
  ['set(log.body, 1, 2)', 17, 'set takes 2 arguments, not 3: set(target, value)'],
  [
    'set(log.body, Substring("abc"))',
    14,
    'Substring needs the argument "start" (int): Substring(target, start, length, utf8_safe?)',
  ],
  [
    'set(log.body, Substring("abc", 1, 1, true, 5))',
    43,
    'Substring takes 3 to 4 arguments, not 5: Substring(target, start, length, utf8_safe?)',
  ],
  ['set(target=log.body, 1)', 21, 'arguments with a name stand behind those without'],
  ['set(tgt=log.body, value=1)', 4, 'set has no parameter "tgt": it has "target" and "value"'],
  ['set(log.body, target=1)', 14, 'the argument "target" is given twice'],
  ['set(log.body, Len)', 14, '"Len" has no meaning in the context log: did you mean set?'],
  ['set(log.body, SHA256)', 14, '"value" of set: a value is expected here, not the name of a function'],
  ['set(log.body, Apply("SHA256"))', 20, '"function" of Apply: must be the name of a function'],
  [
    'set(log.body, Apply(set))',
    20,
    'the path "set" has no context in front: write log.set for the path, or "set" for a text',
  ],
  [
    'set(log.body, SEVERITY_NUMBER_INF)',
    14,
    '"SEVERITY_NUMBER_INF" has no meaning in the context log: did you mean SEVERITY_NUMBER_INFO?',
  ],
  ['set(log.body, TRUE)', 14, '"TRUE" has no meaning in the context log: write true'],
  ['set(log.body, null)', 14, 'the path "null" has no context in front: write nil, if that is meant'],
  ['set(log.body, NULL)', 14, '"NULL" has no meaning in the context log: write nil'],
  [
    'set(log.body, METRIC1)',
    14,
    `"METRIC1" has no meaning in the context log: a text stands in double quotes, "METRIC1"; ${enums}`,
  ],
  ['set(log.body, 1); set(log.body, 2)', 16, '";" has no meaning here: each statement is an item of the list'],
  [`set(log.body, 1)\nset(log.body, 2)`, 17, 'expected "where" or the end, found "set"'],
  [
    'set(log.body, 1) WHERE true',
    17,
    'expected "where" or the end, found "WHERE": it is written in small letters, "where"',
  ],
  ['set(log.body, 1) if true', 17, 'expected "where" or the end, found "if": write where'],
  ['set(log.body, 1) where true && false', 28, '"&&" has no meaning here: write "and"'],
  ['set(log.body, 1) where true || false', 28, '"||" has no meaning here: write "or"'],
  ['set(log.body, 1) where !true', 23, '"!" has no meaning here: write "not"'],
  [
    'set(log.body, 1) where 1 <> 2',
    26,
    'expected a value, found ">": a comparison stands in a condition, once between two values',
  ],
  ['set(log.body, 1) where not not true', 27, '"not" twice: leave both out, or write not (not ...)'],
  ['set(log.body, 1) where log.body', 23, 'a path alone is no condition: compare it, such as with == true or != nil'],
  [
    'set(log.body, 1) where "a"',
    23,
    'a value alone is no condition: compare it with another one (==, !=, <, <=, >, >=)',
  ],
  [
    'set(log.body, 1) where nil',
    23,
    'a value alone is no condition: compare it with another one (==, !=, <, <=, >, >=)',
  ],
  [
    'set(log.body, 1) where log.name = "a"',
    32,
    'expected a comparison (== ...), found "=": values are compared with "=="',
  ],
  [
    'set(log.body, 1) where 1 == 1 == true',
    30,
    'expected "and", "or" or the end, found "==": a comparison stands in a condition, once between two values',
  ],
  [
    'set(log.body, 1) where log.name == METRIC1',
    35,
    `"METRIC1" has no meaning in the context log: a text stands in double quotes, "METRIC1"; ${enums}`,
  ],
  [
    'set(log.body, 1) where log.name == NaN',
    35,
    `"NaN" has no meaning in the context log: a text stands in double quotes, "NaN"; ${enums}`,
  ],
  [
    'set(log.body, 1) where set(log.body, 1)',
    23,
    'set changes the item and has no value: it stands at the beginning of a statement',
  ],
  [
    'set(log.body, 1) where log.name == "a" AND true',
    39,
    'expected "and", "or" or the end, found "AND": it is written in small letters, "and"',
  ],
  [
    'set(log.body, 1) where log.name in ["a"]',
    32,
    'expected a comparison (== ...), found "in": write ContainsValue(list, value)',
  ],
  ['set(log.body, 1) where IsString(log.name', 40, 'expected "," or ")", found the end: "(" is open since column 32'],
  ['set(log.body, true and false)', 19, 'expected "," or ")", found "and": "and" stands between or before conditions'],
  [
    'set(log.body, 1 == 1)',
    16,
    'expected "," or ")", found "==": a comparison stands in a condition, once between two values',
  ],
  ['set(log.body, (x) => x)', 18, 'functions of your own ((x) => ...) are not supported'],
  ['set(log.body, () => 1)', 15, 'functions of your own ((x) => ...) are not supported'],
  ['set(log.body, (a, b) => 1)', 16, 'expected ")", found ",": functions of your own ((x) => ...) are not supported'],
  ['set(log.body, @)', 14, '"@" has no meaning here'],
  [
    'set(log.body, $x)',
    14,
    '"$" has no meaning here: it stands in texts only; the configuration takes ${NAME} for a variable and $$ for "$"',
  ],
  ['set(log.body, 5 % 2)', 16, '"%" has no meaning here: the operators are + - * /'],
  ['set(log.body, * 2)', 14, 'expected a value, found "*"'],
  ['set(log.body, 1 +)', 17, 'expected a value, found ")"'],
  ['set(log.body, Substring(5, 1, 1))', 24, '"target" of Substring: expected string but got int64'],
  ['set(log.body, Substring("abc", "x", 1))', 31, '"start" of Substring: expected int64 but got string'],
  ['limit(log.attributes, "1", [])', 22, '"limit" of limit: must be an int literal'],
  ['limit(log.attributes, -1, [])', 22, '"limit" of limit: must be an int literal'],
  ['limit(log.attributes, 1, ["a", "b"])', 0, 'limit: 1 cannot be less than the 2 priority keys'],
  ['limit(log.attributes, 1, "a")', 25, '"priority_keys" of limit: must be a list of type string'],
  ['limit(log.attributes, 1, [1])', 26, '"priority_keys" of limit: expected string but got int64'],
  ['set(log.body, Int("x"))', 18, '"value" of Int: strconv.ParseInt: parsing "x": invalid syntax'],
  ['set(log.body, Concat(["a"], 5))', 28, '"delimiter" of Concat: expected string but got int64'],
  ['set(log.body, “x”)', 14, '"“" has no meaning here: a text stands in straight double quotes ("...")'],
  ['set(log.attributes["a"]["b"], 1)["c"]', 32, 'set has no value with a part in brackets'],
  [`set(log.body, "a\nb")`, 16, `a text has no line breaks: write \\n`],
  ['set(log.body, Split("a", ",").x)', 29, 'expected "," or ")", found "."'],
  ['set(log.body, ("a"))', 15, 'only numbers, paths and functions can be calculated with'],
  [
    'set(log.body, 1) where log.name == a',
    35,
    'the path "a" has no context in front: write log.a for the path, or "a" for a text',
  ],
  ['where true', 0, 'a statement begins with an editor and its arguments, such as set(...)'],
  ['set log.body = 1', 0, 'a statement begins with an editor and its arguments, such as set(...)'],
  ['set(log.body, 1) where ()', 24, 'expected a value, found ")"'],
  ['set(log.body, Foo.bar)', 17, 'expected "," or ")", found "."'],
  ['set(log.body, not true)', 14, 'expected a value, found "not": "not" stands between or before conditions'],
  ['set(log.body, 1) where log.name == log.', 39, 'expected the name of a field behind ".", found the end'],
  ['set(log.body, _x)', 14, '"_" has no meaning here: a name begins with a letter'],
];

const conditions: readonly Broken[] = [
  ['', 0, 'the condition is empty'],
  ['log.body', 0, 'a path alone is no condition: compare it, such as with == true or != nil'],
  ['set(log.body, 1)', 0, 'set changes the item and has no value: it stands at the beginning of a statement'],
  ['log.body ==', 11, 'expected a value, found the end'],
  ['body == 1', 0, 'the path "body" has no context in front: write log.body for the path, or "body" for a text'],
  ['Foo == Foo', 0, `"Foo" has no meaning in the context log: a text stands in double quotes, "Foo"; ${enums}`],
  ['log.name == "a", log.name == "b"', 15, 'expected "and", "or" or the end, found ","'],
  ['log.name == "a" where true', 16, 'expected "and", "or" or the end, found "where"'],
  ['IsString', 0, 'a value alone is no condition: compare it with another one (==, !=, <, <=, >, >=)'],
  ['true or', 7, 'expected a value, found the end'],
  ['(log.name) == "a" or (log.name', 30, 'expected "and", "or" or ")", found the end: "(" is open since column 22'],
];

const environment = plainEnvironment();

function mistake(compile: () => unknown): StatementError {
  try {
    compile();
  } catch (error) {
    if (error instanceof StatementError) return error;
    throw error;
  }
  throw new Error('no mistake was found');
}

describe('a broken statement', () => {
  it.each(statements)('%s', (text, offset, message) => {
    const found = mistake(() => compileStatement(text, environment));
    expect([found.offset, found.message]).toEqual([offset, message]);
  });
});

describe('a broken condition', () => {
  it.each(conditions)('%s', (text, offset, message) => {
    const found = mistake(() => compileCondition(text, environment));
    expect([found.offset, found.message]).toEqual([offset, message]);
  });
});

describe('a mistake', () => {
  const shown = (text: string): string =>
    renderStatementError(
      text,
      mistake(() => compileStatement(text, environment)),
    );

  it('is shown with a caret', () => {
    expect(shown('set(log.body,\tlog.nme)\nwhere true')).toBe(
      'set(log.body, log.nme)\n                  ^\nthe context log has no path "nme"',
    );
    expect(shown('set(log.body, 1)\nwhere nme == 1 or\ntrue')).toContain('where nme == 1 or\n      ^\n');
  });

  it('is shown with what stands around it in a long line', () => {
    const lines = shown(`set(log.body, "${'x'.repeat(1000)}") where log.nme == "${'y'.repeat(1000)}"`).split('\n');
    expect(lines[0]).toMatch(/^\.\.\.x{40,}"\) where log\.nme == "y{40,}\.\.\.$/);
    expect(lines[1]!.indexOf('^')).toBe(lines[0]!.indexOf('nme'));
  });

  it('without a place is its message', () => {
    expect(renderStatementError('set(a, 1)', new StatementError('no'))).toBe('no');
  });
});
