import { describe, expect, test } from 'vitest';
import { operatorAdvice, operatorFaults } from '../../test/support/operator-faults.js';

/** A receiver with one operator, whose options stand from the third line on. */
function one(type: string, ...options: readonly string[]): string {
  return ['operators:', `  - type: ${type}`, ...options.map((option) => `    ${option}`)].join('\n');
}

const at = 'receivers::file_log::operators[0]';

describe('what is wrong with an operator is named with its place', () => {
  test.each<readonly [yaml: string, fault: string]>([
    ['operators:\n  - field: body', `2:5: ${at}: missing required field 'type'`],
    [one('jsonparser'), `2:11: ${at}::type: unsupported type 'jsonparser'`],
    ['operators: [json_parser]', `1:13: ${at}: expected a map, got text "json_parser"`],
    [one('json_parser', 'from: body'), `3:5: ${at}::from: unknown key "from"`],
    [one('json_parser', 'parse_to: nowhere.x'), unrecognized('3:15', 'parse_to', 'nowhere')],
    [one('remove', 'field: message'), unrecognized('3:12', 'field', 'message')],
    [one('remove', 'field: $body.a'), unrecognized('3:12', 'field', '$body')],
    [one('remove'), `2:5: ${at}::field: remove: field is empty`],
    [one('remove', 'field: ""'), `3:12: ${at}::field: remove: field is empty`],
    [one('remove', 'field: body[0]'), `3:17: ${at}::field: strings in brackets must be surrounded by quotes`],
    [one('remove', `field: 'body["a"'`), `3:17: ${at}::field: found unclosed left bracket`],
    [one('remove', `field: 'body["a'`), `3:18: ${at}::field: found unclosed double quote`],
    [
      one('remove', `field: 'body["a"]b'`),
      `3:22: ${at}::field: bracketed access must be followed by a dot or another bracketed access`,
    ],
    [
      one('add', `field: 'body["a"b"]'`, 'value: 1'),
      `3:21: ${at}::field: found characters between closed quote and closing bracket`,
    ],
    [one('move', 'from: body.a', 'to: attributes'), `4:9: ${at}::to: attributes cannot be referenced without subfield`],
    [one('move', 'from: body'), `2:5: ${at}::to: move: missing to field`],
    [one('move', 'to: body'), `2:5: ${at}::from: move: missing from field`],
    [
      one('noop', 'on_error: ignore'),
      `3:15: ${at}::on_error: operator config has an invalid \`on_error\` field: ignore`,
    ],
    [
      one('noop', 'if: body =='),
      `3:16: ${at}::if: failed to compile expression 'body ==': the expression ends where a value is expected`,
    ],
    [one('noop', 'if: 1 + 1'), `3:9: ${at}::if: failed to compile expression '1 + 1': expected bool, but got int`],
    [one('noop', 'output: nowhere'), `3:13: ${at}::output[0]: operator 'nowhere' does not exist`],
    [
      one('noop', 'id: a', 'output: a'),
      `4:13: ${at}::output[0]: entries of operator 'a' would come back to it through 'a'`,
    ],
    [one('regex_parser'), `2:5: ${at}::regex: missing required field 'regex'`],
    [
      one('regex_parser', 'regex: (?P<a'),
      `3:12: ${at}::regex: compiling regex: error parsing regexp: invalid named capture: \`(?P<a\``,
    ],
    [one('regex_parser', 'regex: (\\d+)'), `3:12: ${at}::regex: no named capture groups in regex pattern`],
    [
      one('regex_parser', 'regex: (?P<a>.)', 'cache: {size: 70000}'),
      `4:19: ${at}::cache::size: must be from 0 to 65535`,
    ],
    [one('csv_parser'), `2:5: ${at}::header: missing required field 'header' or 'header_attribute'`],
    [one('csv_parser', 'header: a|b'), `3:13: ${at}::header: missing field delimiter in header`],
    [one('csv_parser', 'header: "a,b"', 'delimiter: "::"'), `4:16: ${at}::delimiter: invalid 'delimiter': '::'`],
    [
      one('key_value_parser', 'pair_delimiter: "="'),
      `3:21: ${at}::pair_delimiter: delimiter and pair_delimiter cannot be the same value`,
    ],
    [one('time_parser', 'layout: "%Y"'), `2:5: ${at}::parse_from: missing required parameter 'parse_from'`],
    [one('time_parser', 'parse_from: body'), `2:5: ${at}::layout: missing required configuration parameter \`layout\``],
    [
      one('time_parser', 'parse_from: body', 'layout: "%Y-%Q"'),
      `4:13: ${at}::layout: invalid strptime layout: unknown directive %Q in the format of a time`,
    ],
    [
      one('time_parser', 'parse_from: body', 'layout_type: epoch', 'layout: min'),
      `5:13: ${at}::layout: invalid \`layout\` for \`epoch\` type`,
    ],
    [
      one('time_parser', 'parse_from: body', 'layout: "%Y"', 'location: Nowhere/City'),
      `5:15: ${at}::location: invalid 'location': failed to load location Nowhere/City: ` +
        'unknown time zone Nowhere/City',
    ],
    [
      one('json_parser', 'timestamp: {parse_from: attributes.t}'),
      `3:16: ${at}::timestamp::layout: missing required configuration parameter \`layout\``,
    ],
    [one('severity_parser'), `2:5: ${at}::parse_from: missing required field 'parse_from'`],
    [
      one('severity_parser', 'parse_from: body', 'mapping: {error: [a, 1.5]}'),
      `4:26: ${at}::mapping::error[1]: type float64 cannot be parsed as a severity`,
    ],
    [
      one('recombine', 'combine_field: body'),
      `2:5: ${at}::is_first_entry: one of is_first_entry and is_last_entry must be set`,
    ],
    [
      one('recombine', 'is_first_entry: "true"'),
      `2:5: ${at}::combine_field: missing required argument 'combine_field'`,
    ],
    [one('filter'), `2:5: ${at}::expr: failed to compile expression '': unexpected token EOF`],
    [
      one('filter', `expr: 'body matches "["'`),
      `3:25: ${at}::expr: failed to compile expression 'body matches "["': ` +
        'error parsing regexp: missing closing ]: `[`',
    ],
    [
      one('filter', 'expr: "true"', 'drop_ratio: 1.1'),
      `4:17: ${at}::drop_ratio: drop_ratio must be a number between 0 and 1`,
    ],
    [one('router'), `2:5: ${at}::routes: a router needs a route`],
    [
      one('router', 'routes: [{expr: "true", output: b}]'),
      `3:37: ${at}::routes[0]::output[0]: operator 'b' does not exist`,
    ],
    [
      one('add', 'field: body.a', 'value: EXPR(1 +)'),
      `4:20: ${at}::value: failed to compile expression '1 +': the expression ends where a value is expected`,
    ],
    [one('retain'), `2:5: ${at}::fields: retain: 'fields' is empty`],
    [one('retain', 'fields: [body.a, x]'), unrecognized('3:22', 'fields[1]', 'x')],
    [one('flatten', 'field: body'), `3:12: ${at}::field: flatten: the body has no level above it`],
    [one('assign_keys', 'field: body'), `2:5: ${at}::keys: assign_keys missing required field keys`],
    [one('regex_replace', 'field: body'), `2:5: ${at}::regex: either regex or regex_name must be set`],
    [
      one('regex_replace', 'field: body', 'regex_name: console_control_sequences'),
      `4:17: ${at}::regex_name: regex_name console_control_sequences is unknown`,
    ],
    [
      one('container', 'format: podman'),
      `3:13: ${at}::format: operator config has an invalid \`format\` field: podman`,
    ],
    [one('container', 'max_log_size: big'), `3:19: ${at}::max_log_size: invalid byte size 'big'`],
  ])('%s', (yaml, fault) => expect(operatorFaults(yaml)).toEqual([`agent.yaml:${fault}`]));
});

function unrecognized(place: string, option: string, prefix: string): string {
  return (
    `${place}: ${at}::${option}: unrecognized prefix ${JSON.stringify(prefix)}: ` +
    'a field begins with body, attributes or resource'
  );
}

test('an ID that occurs twice, and a ring of operators', () => {
  const twice = 'operators:\n  - {type: noop, id: a}\n  - {type: noop, id: a}';
  expect(operatorFaults(twice)).toEqual([
    "agent.yaml:3:22: receivers::file_log::operators[1]::id: operator with id 'a' already exists in pipeline",
  ]);
  const ring = 'operators:\n  - {type: noop, id: a}\n  - {type: noop, id: b}\n  - {type: noop, id: c, output: a}';
  expect(operatorFaults(ring)).toEqual([
    "agent.yaml:4:33: receivers::file_log::operators[2]::output[0]: entries of operator 'c' would come back to it " +
      "through 'a'",
  ]);
});

test('advice says what is meant', () => {
  expect(operatorAdvice(one('jsonparser'))).toEqual(['Did you mean "json_parser"?']);
  expect(operatorAdvice(one('json_parser', 'parse_form: body'))).toEqual(['Did you mean "parse_from"?']);
  expect(operatorAdvice(one('remove', 'field: $body.a'))).toEqual(['Write it without the $: body.a.']);
  expect(operatorAdvice(one('remove', 'field: level'))).toEqual([
    'Write body.level, attributes.level or resource.level.',
  ]);
});

test('types that occur several times get numbers, and may be outputs', () => {
  const yaml = 'operators:\n  - {type: noop, output: noop2}\n  - type: noop\n  - type: noop';
  expect(operatorFaults(yaml)).toEqual([]);
});
