// Values that statements, patterns and sanitizers have to work on: long, deep, many, and growing.
import { field, varint } from '../lib/otlp.mjs';
import { postHttp, tally } from '../lib/senders.mjs';

const MiB = 2 ** 20;
const textField = (number, value) => field(number, Buffer.from(value));
const stringValue = (value) => textField(1, value);
const attribute = (key, value) => field(9, Buffer.concat([textField(1, key), field(2, value)]));

/** A request with spans that have these attributes each. */
const spans = (count, attributes) => {
  const span = field(2, Buffer.concat([field(1, Buffer.alloc(16, 7)), field(2, Buffer.alloc(8, 7)), ...attributes]));
  return field(1, field(2, Buffer.concat(Array.from({ length: count }, () => span))));
};

/** A value within so many lists or maps, written from the inside without a copy at each level. */
function nested(depth, kind) {
  const heads = [];
  let size = 0;
  const wrap = (number) => {
    heads.push(varint(size), varint(number * 8 + 2));
    size += heads.at(-1).length + heads.at(-2).length;
  };
  const member = textField(1, 'a');
  for (let i = 0; i < depth; i++) {
    if (kind === 'lists') {
      wrap(1);
      wrap(5);
    } else {
      wrap(2);
      heads.push(member);
      size += member.length;
      wrap(1);
      wrap(6);
    }
  }
  return Buffer.concat(heads.toReversed());
}

/** Each body to the traces endpoint, `times` each, and what came of it. */
async function send({ ports, small }, bodies, times = small ? 2 : 6) {
  const answers = [];
  for (let i = 0; i < times; i++)
    answers.push(
      ...(await Promise.all(
        bodies.map((body) => postHttp(ports.http, body, { headers: { 'content-type': 'application/x-protobuf' } })),
      )),
    );
  return JSON.stringify(tally(answers));
}

const transform = (...statements) => ({ transform: { error_mode: 'ignore', trace_statements: statements } });
/** One statement on one item is not interrupted: several passes over a text of a megabyte. */
const longStatement = { mostWaitMs: 1000 };
/** Nor is the work on a request of usual size, of which statements make hundreds of times as much. */
const longBatch = { mostWaitMs: 2000 };

/** An attack by the bodies that `make` gives for a size in bytes, on processors. */
const attack = (name, processors, make, limits = {}) => ({
  name,
  number: 16,
  ...limits,
  config: () => ({ processors }),
  run: (given) => send(given, make(given.small ? MiB / 8 : MiB)),
});

const value = 'span.attributes["v"]';

export const attacks = [
  attack(
    'statements-patterns',
    {
      filter: {
        error_mode: 'ignore',
        trace_conditions: [`IsMatch(${value}, "^(a+)+$") or IsMatch(${value}, "(x+x+)+y") or ${value} == "(.*)*"`],
      },
      ...transform(
        `replace_pattern(${value}, "(a|aa)+$", "b")`,
        `replace_all_patterns(span.attributes, "value", "(a*)*(!|é)", "$$1")`,
        `set(span.attributes["n"], ExtractPatterns(${value}, "(?P<x>(a+)+)$")) where ${value} != nil`,
      ),
    },
    (size) => [
      spans(1, [attribute('v', stringValue(`${'a'.repeat(size)}!`))]),
      spans(1, [attribute('v', stringValue('ax'.repeat(size / 2)))]),
      spans(1, [attribute('v', stringValue('é!'.repeat(size / 3)))]),
    ],
    longStatement,
  ),
  attack(
    'statements-deep-values',
    transform(
      'flatten(span.attributes)',
      'set(span.attributes["text"], String(span.attributes["v"]))',
      'set(span.attributes["copy"], span.attributes["v"])',
      'merge_maps(span.attributes, span.attributes["v"], "upsert") where IsMap(span.attributes["v"])',
      'limit(span.attributes, 5, [])',
    ),
    (size) =>
      ['lists', 'maps'].flatMap((kind) =>
        [50, 5000, size / 32].map((depth) => spans(1, [attribute('v', nested(Math.floor(depth), kind))])),
      ),
  ),
  attack(
    'statements-many-attributes',
    transform(
      'delete_matching_keys(span.attributes, "^k[0-9]*[02468]$$")',
      'keep_matching_keys(span.attributes, "[0-9]+$$")',
      'replace_all_patterns(span.attributes, "key", "^k", "key")',
      'replace_all_patterns(span.attributes, "value", "v(.)", "$$1")',
      'truncate_all(span.attributes, 10)',
      'set(span.attributes["all"], Keys(span.attributes))',
    ),
    (size) => {
      const many = (count) => Array.from({ length: count }, (_, i) => attribute(`k${i}`, stringValue(`v${i}`)));
      return [spans(1, many(10_000)), spans(1, many(size / 16)), spans(size / 200, many(10))];
    },
    longStatement,
  ),
  attack(
    'statements-json',
    transform(
      `set(span.attributes["parsed"], ParseJSON(${value}))`,
      'flatten(span.attributes)',
      'set(span.attributes["xml"], ParseXML(span.attributes["x"]))',
      'set(span.attributes["csv"], ParseCSV(span.attributes["c"], "a,b"))',
      'set(span.attributes["pairs"], ParseKeyValue(span.attributes["p"]))',
    ),
    (size) => [
      ...[
        '['.repeat(size),
        `${'['.repeat(size / 2)}${']'.repeat(size / 2)}`,
        `${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`,
        `[${'0,'.repeat(size / 2)}0]`,
        `{${Array.from({ length: size / 16 }, (_, i) => `"${i}":{}`).join()}}`,
        `"${'\\u0041'.repeat(size / 6)}"`,
      ].map((text) => spans(1, [attribute('v', stringValue(text))])),
      spans(1, [attribute('x', stringValue('<a>'.repeat(size / 3)))]),
      spans(1, [attribute('x', stringValue(`<a>${'<b/>'.repeat(size / 4)}</a>`))]),
      spans(1, [attribute('c', stringValue('",'.repeat(size / 2)))]),
      spans(1, [attribute('p', stringValue('a=b '.repeat(size / 4)))]),
    ],
  ),
  attack(
    'statements-growth',
    transform(
      ...Array.from({ length: 5 }, () => `set(${value}, Concat([${value}, ${value}], ""))`),
      ...Array.from({ length: 1 }, () => `replace_pattern(${value}, "a", "aaaaaaaaaaaaaaaa")`),
      ...Array.from({ length: 8 }, () => 'set(span.attributes["l"], [span.attributes["l"], span.attributes["l"]])'),
    ),
    (size) => [
      spans(1, [attribute('v', stringValue('a'))]),
      spans(1, [attribute('v', stringValue('a'.repeat(size)))]),
      spans(size / 1024, [attribute('v', stringValue('ab'.repeat(200)))]),
    ],
    longBatch,
  ),
  attack(
    'redaction-texts',
    {
      redaction: {
        allow_all_keys: true,
        blocked_values: ['(a+)+$', '[0-9]{4}'],
        summary: 'debug',
        url_sanitizer: { enabled: true, attributes: ['v'] },
        db_sanitizer: Object.fromEntries([
          ...['sql', 'redis', 'mongo', 'es'].map((name) => [name, { enabled: true, attributes: ['v'] }]),
          ['allow_fallback_without_system', true],
        ]),
      },
    },
    (size) =>
      ["'", '$a$', '{"a":', '/1', ' a', '1234', 'a', '\\"'].map((part) =>
        spans(1, [attribute('v', stringValue(part.repeat(Math.floor(size / part.length))))]),
      ),
  ),
];
