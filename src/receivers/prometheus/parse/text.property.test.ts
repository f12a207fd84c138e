import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resultAtOnce } from '../../../otlp/work.js';
import { parseExemplar } from './exemplar.js';
import { nameLabel, type LabelMap } from './metric.js';
import { NumberReader } from './numbers.js';
import type { MetadataPart, SampleSink } from './sink.js';
import { TextParser } from './text.js';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly time: number;
  readonly exemplar: string;
}

/** Remembers lines as a target's store does, in a map. */
class Lines implements SampleSink {
  readonly samples: Sample[] = [];
  readonly described: string[] = [];
  parsed = 0;
  readonly #numbers: Map<string, number> = new Map();
  readonly #texts: string[] = [];
  readonly #labels: LabelMap[] = [];
  readonly #comments: Set<number> = new Set();
  #body: Buffer = Buffer.alloc(0);
  #last = -1;
  readonly #next: Map<number, number> = new Map();

  read(text: string | Buffer, format: 'text' | 'openmetrics' = 'text'): this {
    this.#body = Buffer.from(text);
    this.#last = -1;
    this.samples.length = this.described.length = this.parsed = 0;
    resultAtOnce(new TextParser(this.#body, format, this).parse());
    return this;
  }

  expected(body: Buffer, at: number): number {
    const line = this.#next.get(this.#last) ?? -1;
    const text = this.#texts[line];
    return text !== undefined && body.toString('latin1', at, at + text.length) === text ? line : -1;
  }
  known(body: Buffer, from: number, to: number): number {
    return this.#numbers.get(body.toString('latin1', from, to)) ?? -1;
  }
  lengthOf(line: number): number {
    return this.#texts[line]?.length ?? 0;
  }
  add(body: Buffer, from: number, to: number, labels: LabelMap): number {
    this.parsed++;
    return this.#new(body, from, to, labels);
  }
  describe(body: Buffer, from: number, to: number, part: MetadataPart, family: string, text: string): void {
    this.described.push(`${part} ${family} ${text}`);
    const known = this.known(body, from, to);
    const line = known < 0 ? this.#new(body, from, to, new Map()) : known;
    this.#comments.add(line);
    this.#saw(line);
  }
  stillDescribed(line: number): boolean {
    if (!this.#comments.has(line)) return false;
    this.#saw(line);
    return true;
  }
  sample(line: number, value: number, time: number, from: number, to: number): void {
    this.#saw(line);
    const exemplar = from < to ? JSON.stringify(parseExemplar(this.#body, from, to).value) : '';
    this.samples.push({ labels: Object.fromEntries(this.#labels[line] ?? []), value, time, exemplar });
  }
  #new(body: Buffer, from: number, to: number, labels: LabelMap): number {
    const text = body.toString('latin1', from, to);
    this.#numbers.set(text, this.#texts.length);
    this.#labels.push(labels);
    return this.#texts.push(text) - 1;
  }
  #saw(line: number): void {
    this.#next.set(this.#last, line);
    this.#last = line;
  }
}

const named = (name: string, labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  [nameLabel]: name,
  ...labels,
});

test('the text format: labels, escapes, times, descriptions, blanks', () => {
  const text = [
    '# HELP http_requests_total The \\\\ total\\nnumber.',
    '# TYPE http_requests_total counter',
    '  http_requests_total { method = "post", code="2\\"0\\\\0\\n", } 1027  1395066363000',
    '',
    '# a comment',
    '#nothing',
    'untyped -Inf',
    '\tnan_value\tNaN',
    '# TYPE u untyped',
    '{"a name",le="+Inf","label.x"="ü"} 1e-3',
    'last 3.5',
  ].join('\n');
  const lines = new Lines().read(text);
  expect(lines.described).toEqual([
    'help http_requests_total The \\ total\nnumber.',
    'type http_requests_total counter',
    'type u unknown',
  ]);
  expect(lines.samples).toEqual([
    {
      labels: named('http_requests_total', { method: 'post', code: '2"0\\0\n' }),
      value: 1027,
      time: 1395066363000,
      exemplar: '',
    },
    { labels: named('untyped'), value: -Infinity, time: NaN, exemplar: '' },
    { labels: named('nan_value'), value: NaN, time: NaN, exemplar: '' },
    { labels: named('a name', { le: '+Inf', 'label.x': 'ü' }), value: 0.001, time: NaN, exemplar: '' },
    { labels: named('last'), value: 3.5, time: NaN, exemplar: '' },
  ]);
});

test('OpenMetrics: exemplars, seconds, units, an end', () => {
  const text = [
    '# HELP a_seconds A \\"help\\".',
    '# TYPE a_seconds counter',
    '# UNIT a_seconds seconds',
    'a_seconds_total{x="}"} 5.0 1600000000.123 # {trace_id="ab"} 0.5 1600000000',
    'a_seconds_total 1 # {} 2',
    '# EOF',
    '',
  ].join('\n');
  const lines = new Lines().read(text, 'openmetrics');
  expect(lines.described).toEqual(['help a_seconds A "help".', 'type a_seconds counter', 'unit a_seconds seconds']);
  expect(lines.samples).toEqual([
    { labels: named('a_seconds_total', { x: '}' }), value: 5, time: 1600000000123, exemplar: '0.5' },
    { labels: named('a_seconds_total'), value: 1, time: NaN, exemplar: '2' },
  ]);
});

test('a line that was seen before is not parsed again, wherever it stands', () => {
  const lines = new Lines().read('a{x="1"} 1\nab 2\na 3\n');
  expect(lines.parsed).toBe(3);
  expect(lines.read('a 4\na{x="1"} 5\nab 6\na {x="1"} 7\n').parsed).toBe(1);
  expect(lines.samples.map(({ labels, value }) => [labels, value])).toEqual([
    [named('a'), 4],
    [named('a', { x: '1' }), 5],
    [named('ab'), 6],
    [named('a', { x: '1' }), 7],
  ]);
});

test('a description that goes on where another ended is another', () => {
  const lines = new Lines().read('# HELP a b\na 1\n');
  expect(lines.read('# HELP a bc\na 1\n').described).toEqual(['help a bc']);
  expect(lines.read('# HELP a bc').described).toEqual([]);
});

test.each([
  ['text', 'a', 'expected value after metric'],
  ['text', 'a b', 'expected value after metric'],
  ['text', 'a 1_0', 'expected value after metric'],
  ['text', 'a 0x1p4', 'expected value after metric'],
  ['text', 'a 1 x', 'expected timestamp or new record'],
  ['text', 'a 1 2 3', 'expected next entry after timestamp'],
  ['text', 'a{b="c} 1', 'expected a valid start token'],
  ['text', 'a{b=c} 1', 'expected label value'],
  ['text', 'a{b} 1', 'expected equal'],
  ['text', 'a{b="c"d="e"} 1', 'expected comma or brace close'],
  ['text', 'a{b="c",b="d"} 1', 'not unique'],
  ['text', '{b="c"} 1', 'expected a valid start token'],
  ['text', '9a 1', 'expected a valid start token'],
  ['text', '# TYPE a info', 'invalid metric type'],
  ['text', 'a 1\r\n', 'expected value after metric'],
  ['openmetrics', 'a 1\n', 'data does not end with # EOF'],
  ['openmetrics', 'a  1\n# EOF\n', 'expected value after metric'],
  ['openmetrics', '\na 1\n# EOF\n', 'expected a valid start token'],
  ['openmetrics', '# EOF\na 1\n', 'unexpected data after # EOF'],
  ['openmetrics', '# UNIT a_seconds bytes\n# EOF\n', 'not a suffix of metric'],
  ['openmetrics', 'a 1 NaN\n# EOF\n', 'invalid timestamp'],
  ['openmetrics', 'a 1 # {b="c"}\n# EOF\n', 'invalid exemplar'],
  ['openmetrics', '# TYPE a untyped\n# EOF\n', 'invalid metric type'],
] as const)('%s %j is refused', (format, text, words) => {
  expect(() => new Lines().read(text, format)).toThrow(words);
});

test('text that is no UTF-8 in a label is refused', () => {
  expect(() => new Lines().read(Buffer.from('a{b="\xff"} 1\n', 'latin1'))).toThrow('invalid UTF-8');
});

test('a line may not be so long that it holds up everything else', () => {
  const long = 'x'.repeat((1 << 20) + 10);
  for (const text of [`# HELP a ${long}\n`, `a{b="${long}"} 1\n`, `a ${long}\n`, `a 1 ${long}\n`])
    expect(() => new Lines().read(text)).toThrow('a line is longer than 1048576 bytes');
});

test('blanks count towards the longest line, wherever they are', () => {
  const most = 1 << 20;
  const texts = (blank: string): string[] => [
    blank,
    `${blank}a 1`,
    `${blank}# HELP a b`,
    `a${blank}1`,
    `a{b="c"}${blank}1`,
    `a${blank}{b="c"} 1`,
    `a 1${blank}2`,
    `a 1 2${blank}`,
  ];
  for (const [i, text] of texts(' ').entries()) {
    const longest = texts(' '.repeat(most - text.length + 1))[i] ?? '';
    const tooLong = texts(' '.repeat(most - text.length + 2))[i] ?? '';
    expect([longest.length, tooLong.length]).toEqual([most, most + 1]);
    const lines = new Lines().read(`${longest}\nlast 7\n`);
    expect(lines.samples.at(-1)).toMatchObject({ labels: named('last'), value: 7 });
    for (const end of ['\n', '\nlast 7\n', ''])
      expect(() => lines.read(`${text}\n${tooLong}${end}`)).toThrow('a line is longer than 1048576 bytes');
  }
});

test('a step ends behind a long line, and behind some hundred short ones', () => {
  /** Samples of each step. */
  const steps = (text: string): number[] => {
    const lines = new Lines();
    const work = new TextParser(Buffer.from(text), 'text', lines).parse();
    const counts: number[] = [];
    for (let before = 0, done = false; !done; before = lines.samples.length) {
      done = work.next().done === true;
      counts.push(lines.samples.length - before);
    }
    return counts;
  };
  const long = 'x'.repeat(64 << 10);
  expect(steps(`a{b="1${long}"} 1\na{b="2${long}"} 2\n${' '.repeat(long.length)}\na 3\na 4\n`)).toEqual([1, 1, 0, 2]);
  expect(steps('a 1\n'.repeat(600))).toEqual([256, 256, 88]);
});

test('numbers are what Go reads', () => {
  const reader = new NumberReader();
  const read = (text: string): number | undefined => {
    const bytes = Buffer.from(text);
    const value = reader.read(bytes, 0, bytes.length);
    return reader.ok ? value : undefined;
  };
  fc.assert(
    fc.property(fc.oneof(fc.double({ noNaN: true }), fc.float({ noNaN: true }), fc.integer()), (value) => {
      for (const text of [String(value), value.toExponential(), `+${Math.abs(value)}`].filter(
        (t) => !t.includes('Inf'),
      ))
        expect(read(text)).toBe(Number(text));
    }),
    { numRuns: 2000 },
  );
  expect(['1e5', '1.', '.5', '-0', '1E+2', '00012', '1e-320', '123456789012345678901234567890'].map(read)).toEqual([
    1e5,
    1,
    0.5,
    -0,
    100,
    12,
    1e-320,
    Number('123456789012345678901234567890'),
  ]);
  expect(['inf', '+Inf', '-infinity', 'NAN'].map(read)).toEqual([Infinity, Infinity, -Infinity, NaN]);
  for (const wrong of ['', '.', '-', 'e5', '1e', '1e+', '0x10', '1_0', '1e400', '+nan', '1 ', '--1', '1.2.3', 'infin'])
    expect([wrong, wrong === '' ? undefined : read(wrong)]).toEqual([wrong, undefined]);
});

/** A plain reader of one line, from the grammar of the format. */
function reference(line: string): Sample | undefined {
  const match =
    /^[ \t]*([a-zA-Z_:][\w:]*)[ \t]*(?:\{(.*)\}[ \t]*|[ \t])[ \t]*([^ \t{}]+)(?:[ \t]+(-?\d+))?[ \t]*$/s.exec(line);
  if (!match) return undefined;
  const labels: Record<string, string> = { [nameLabel]: match[1] ?? '' };
  let rest = match[2] ?? '';
  while (rest.trim() !== '') {
    const label = /^[ \t]*([a-zA-Z_]\w*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)/s.exec(rest);
    if (!label) return undefined;
    labels[label[1] ?? ''] = (label[2] ?? '').replace(/\\([\\n"])/g, (_, c: string) => (c === 'n' ? '\n' : c));
    rest = rest.slice(label[0].length);
  }
  return {
    labels,
    value: Number(match[3]),
    time: match[4] === undefined ? NaN : Number(match[4]),
    exemplar: '',
  };
}

const blanks = fc.constantFrom('', ' ', '\t', '  ');
const label = fc.tuple(
  blanks,
  fc.constantFrom('a', 'b_1', '__c', 'le'),
  blanks,
  fc.array(fc.constantFrom('x', '{', '}', ',', '=', '\\"', '\\\\', '\\n', '\\t', 'ü', ' ', '#'), { maxLength: 6 }),
  blanks,
);
const line = fc
  .record({
    before: blanks,
    name: fc.constantFrom('a', 'a:b', '_x9'),
    gap: blanks,
    labels: fc.option(fc.uniqueArray(label, { selector: ([, name]) => name, maxLength: 3 })),
    end: fc.constantFrom(' ', '\t', '  '),
    value: fc.constantFrom('1', '-2.5', '1e3', '0'),
    time: fc.constantFrom('', ' 7', '\t-8 '),
  })
  .map(({ before, name, gap, labels, end, value, time }) => {
    const inner = labels?.map(([a, key, b, text, c]) => `${a}${key}${b}=${c}"${text.join('')}"${a}`).join(',');
    return `${before}${name}${inner === undefined ? '' : `${gap}{${inner}}`}${end}${value}${time}`;
  });

test('any good lines are read as a plain reader reads them, the second time too', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(7), { maxLength: 8 }), (given, again) => {
      const lines = new Lines();
      const second = again.flatMap((i) => given[i] ?? []);
      for (const texts of [given, second, given])
        expect(lines.read(texts.join('\n')).samples).toEqual(texts.map(reference));
    }),
    { numRuns: 500 },
  );
});

test('any bytes end in samples or in a fault that says so', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .array(
        fc.oneof(line, fc.constantFrom('# TYPE a counter', '# EOF', '{', '"', '\\', '# {', 'a{', '#', '1 # {} 1')),
        {
          maxLength: 6,
        },
      )
      .map((parts) => Buffer.from(parts.join('\n'))),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom('text' as const, 'openmetrics' as const), (given, format) => {
      const lines = new Lines();
      try {
        lines.read(Buffer.from(given), format);
      } catch (error) {
        expect((error as Error).name).toBe('ExpositionFault');
      }
    }),
    { numRuns: 2000 },
  );
});
