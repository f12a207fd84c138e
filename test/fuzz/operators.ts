import { operatorWorld } from '../support/entry-lines.js';
import type { Target } from './targets.js';

/** A parser for each first byte, with the blocks and operators behind it that look at what it made. */
const chains: readonly (readonly unknown[])[] = [
  [{ type: 'json_parser' }, { type: 'flatten', field: 'attributes.o' }, { type: 'retain', fields: ['attributes.a'] }],
  [
    { type: 'json_parser', parse_ints: true, parse_to: 'body' },
    { type: 'move', from: 'body.a', to: 'resource.a' },
  ],
  [
    { type: 'json_array_parser', parse_to: 'body' },
    { type: 'assign_keys', field: 'body', keys: ['x', 'y'] },
  ],
  [
    { type: 'csv_parser', header: 'a,b,c' },
    { type: 'csv_parser', header: 'a;b', lazy_quotes: true, delimiter: ';' },
  ],
  [{ type: 'key_value_parser' }, { type: 'unquote', field: 'attributes.a' }],
  [{ type: 'uri_parser' }, { type: 'copy', from: 'attributes.query', to: 'body.query' }],
  [{ type: 'container' }, { type: 'json_parser', if: 'body startsWith "{"' }],
  [
    {
      type: 'regex_parser',
      regex: '^(?P<time>\\S+) (?P<level>\\w+)(?: trace=(?P<trace>\\w*))? (?P<msg>.*)$',
      timestamp: { parse_from: 'attributes.time', layout: '%Y-%m-%dT%H:%M:%S.%L%z' },
      severity: { parse_from: 'attributes.level' },
      trace: { trace_id: { parse_from: 'attributes.trace' } },
      scope_name: { parse_from: 'attributes.level' },
    },
  ],
  [{ type: 'time_parser', parse_from: 'body', layout_type: 'gotime', layout: 'Mon Jan _2 15:04:05.000 MST 2006' }],
  [{ type: 'time_parser', parse_from: 'body', layout: '%a %b %e %I:%M:%S %p %y %j' }],
  [{ type: 'time_parser', parse_from: 'body', layout_type: 'epoch', layout: 's.us' }],
  [{ type: 'recombine', combine_field: 'body', is_first_entry: 'body matches "^\\\\d"', max_log_size: 100 }],
];

const lines: readonly string[] = [
  '{"a":{"b":[1,"x",null]},"o":{"k":true},"n":-1.5e3}',
  '{"a":"\\u00e9\\n","i":9007199254740993,"f":0.25,"e":""}',
  '[1,"two",{"a":[2]},null,-7]',
  'x,"y ""z""",w;"v"',
  'a="quoted \\"v\\"" b=c  d=\'e\'',
  'https://u:p@h.example:8443/a/%41?x=1&x=%20&y#f',
  '2024-06-22T10:27:25.813799277Z stdout F {"level":"warn"}',
  '2024-05-06T07:08:09.123+02:00 WARN trace=0af7651916cd43dd message',
  'Mon May  6 07:08:09.123 EST 2024',
  'Tue Feb 29 11:59:59 PM 24 +05:30',
  '1136214245.123456',
  '1 first\nmore\n2 second',
];

/** Lines through a chain of operators: each line that is not held comes out once, whatever is in it. */
export const operators: Target = {
  name: 'operators',
  share: 0.3,
  seeds: lines.map((text, i) => Buffer.from(`${String.fromCodePoint(i)}${text}`)),
  run(input) {
    const world = operatorWorld(chains[(input[0] ?? 0) % chains.length] ?? []);
    const texts = input.toString('utf8', 1).split('\n');
    for (const text of texts) world.line(text, { 'log.file.path': '/pods/ns_pod_abc/c/0.log' });
    world.flush(Infinity);
    const records = world.records();
    if (records.length > texts.length) throw new Error('broken: more records than lines');
    if (world.chain.dueAt() !== Infinity) throw new Error('broken: something is held still');
    // Two words of a message say which it is; the others are of the line.
    const said = new Set(
      world.log.map(([, , { error }]) =>
        String(error)
          .split(/[^a-z]+/, 2)
          .join(' '),
      ),
    );
    return `${(input[0] ?? 0) % chains.length} ${Math.min(2, records.length)} ${[...said].slice(0, 2).join('|')}`;
  },
};
