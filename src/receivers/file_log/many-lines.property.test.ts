import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silentLogger, silentMeter } from '../../telemetry/silent.js';
import { compileOperators } from '../../entries/compile.js';
import type { LineWriter } from '../../files/line-writer.js';
import { fingerprintOf } from '../../files/fingerprint.js';
import { TrackedFile } from '../../files/tracked-file.js';
import { LineSplitter } from '../../lines/line-splitter.js';
import { textEncoding } from '../../lines/text-encoding.js';
import { jsonText } from '../../otlp/json/encode.js';
import { HeldClock } from '../../testing/held-clock.js';
import { CommonAttributes } from './common-attributes.js';
import { config } from './config.js';
import { OperatedLines } from './operated-lines.js';
import { RawLines } from './raw-lines.js';
import { staticValues } from './static-values.js';

/** The code for many lines in one call must say of every line what the code for one line says. */

const path = '/var/log/pods/default_app-0_0123abcd-0000-0000-0000-000000000000/main/0.log';
const clock = new HeldClock(Date.UTC(2026, 10, 30));
const layout = '%Y-%m-%dT%H:%M:%S.%LZ';
const blocks = {
  timestamp: { parse_from: 'attributes.time', layout },
  severity: { parse_from: 'attributes.level' },
};
const pattern = String.raw`^(?P<n>\d+) (?P<time>\S+) (?P<level>[A-Za-z]+)(?:) \[(?P<thread>[^\]]*)\] (?P<message>.*)$`;

const programs: Readonly<Record<string, readonly unknown[]>> = {
  raw: [],
  json: [{ type: 'json_parser' }],
  'json with blocks': [{ type: 'json_parser', parse_ints: true, ...blocks }],
  regex: [{ type: 'regex_parser', regex: pattern.replace('(?:)', ''), ...blocks }],
  'regex without an end': [{ type: 'regex_parser', regex: String.raw`^(?P<a>[a-z]*)(?P<b> ?é?\d{0,3})` }],
  container: [{ type: 'container' }],
  'container of cri-o': [{ type: 'container', format: 'crio' }],
};

interface Options {
  readonly keepLeading: boolean;
  readonly keepTrailing: boolean;
  readonly maxBytes: number;
}

function writerOf(operators: readonly unknown[]): LineWriter {
  const options = config.parse({
    ...{ include: ['/x'], include_file_path: true, attributes: { thread0: 'x', zone: 'eu' }, operators },
  });
  const encoding = textEncoding('utf-8')!;
  const attributes = staticValues(options.attributes);
  const resource = staticValues(options.resource);
  const common = new CommonAttributes(options, attributes.fixed);
  const services = { clock, random: () => 0.5, logger: silentLogger, meter: silentMeter, gates: new Set<string>() };
  const chain = compileOperators(options.operators, services);
  if (chain.isEmpty) return new RawLines(options, common, resource.fixed, encoding);
  const ledger = { refused: () => {}, accepted: () => {} } as never;
  return new OperatedLines(options, { chain, common, attributes, resource, encoding, logger: silentLogger, ledger });
}

/** Records as texts, and how many lines were written one by one. */
function run(
  form: string,
  bytes: Buffer,
  cuts: readonly number[],
  options: Options,
  many: boolean,
): readonly unknown[] {
  const { records } = runCounted(form, bytes, cuts, options, many);
  return records;
}

function runCounted(form: string, bytes: Buffer, cuts: readonly number[], options: Options, many: boolean) {
  const writer = writerOf(programs[form] ?? []);
  const file = new TrackedFile(path, fingerprintOf(Buffer.from('x')));
  const splitter = new LineSplitter({ encoding: textEncoding('utf-8')!, oversize: 'split', ...options });
  writer.observedMs = clock.unixMs();
  let from = 0;
  let single = 0;
  for (const to of [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]) {
    splitter.begin(bytes, from, to, to < bytes.length ? 'more' : 'nothing');
    for (;;) {
      if (many && writer.writeMany?.(file, bytes, splitter) === false) continue;
      if (!splitter.next()) break;
      file.records++;
      single++;
      if (writer.holds) file.lines.push(splitter.from);
      if (splitter.end > splitter.start) writer.write(file, bytes, splitter, splitter.from);
    }
    from = splitter.rest;
  }
  writer.flush(Number.POSITIVE_INFINITY);
  const batch = writer.finish();
  const records = batch ? recordsOf(jsonText('logs', batch.bytes)) : [];
  expect(records).toHaveLength(batch?.itemCount ?? 0);
  return { records: [...records, file.records], single };
}

interface PlainRequest {
  readonly resourceLogs: readonly {
    readonly resource?: unknown;
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly attributes?: readonly { readonly key: string }[] }[];
    }[];
  }[];
}

function recordsOf(json: string): unknown[] {
  return (JSON.parse(json) as PlainRequest).resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ attributes = [], ...rest }) => ({
        ...rest,
        resource,
        attributes: attributes.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      })),
    ),
  );
}

const times = fc.constantFrom(
  ...[
    '2026-11-30T12:00:00.123456789Z',
    '2024-02-29T23:59:59,5Z',
    '2023-02-29T00:00:00Z',
    '1969-12-31T23:59:59.9999999999Z',
  ],
  ...[
    '2026-11-30T12:00:00.1+02:00',
    '2026-11-30T24:00:00Z',
    '0000-01-01T00:00:00Z',
    '2026-11-30T12:00:00.',
    'Z',
    'soon',
  ],
);
const word = fc.constantFrom('info', 'WARN', 'Error', 'debug4', 'wArN', 'other', '', '7', 'é€😀', 'a"b\\c\n', '\u0000');
const number = fc.constantFrom(
  '0',
  '-0',
  '1.5',
  '-12.250',
  '123456789012345',
  '1234567890123456',
  '01',
  '1e3',
  '.5',
  '-',
  '1.',
);
/** Escapes of four digits, whole and not. */
const escapes = String.raw`\u0041 \u00e9 \u3042 \ud83d\ude00 \uD83D\uDE00 \ud83d \ude00 \n \u0000 \u12 \u00g0 é`.split(
  ' ',
);
const escaped = fc.array(fc.constantFrom(...escapes), { maxLength: 4 }).map((parts) => `"${parts.join('')}"`);
const value = fc.oneof(
  escaped,
  number,
  word.map((text) => JSON.stringify(text)),
  fc.constantFrom('true', 'false', 'null', 'nul', '{"a":1}', '[1]', '"\\/"', '"\\u0041"', '"open', '""'),
);
const key = fc.constantFrom('time', 'level', 'a', 'b', 'zone', 'log.file.name', 'thread0', '', 'é', 'a\\"b', 'msg');
const lines = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: fc.constantFrom(' ', '\t', '\r', 'x', 'é', '\v', ' F '), maxLength: 20 }),
  fc
    .tuple(fc.array(fc.tuple(key, value), { maxLength: 6 }), times, word, fc.constantFrom('', ' ', '\t '))
    .map(([pairs, time, level, space]) => {
      const members = pairs.map(([name, each]) => `"${name}"${space}:${space}${each}`);
      return `{${[`"time":"${time}"`, `"level":"${level}"`, ...members].join(`,${space}`)}}${space}`;
    }),
  fc.tuple(times, word, fc.string({ maxLength: 20 })).map(([time, level, text]) => `12 ${time} ${level} [a b] ${text}`),
  fc
    .tuple(times, fc.constantFrom(' stdout F', ' stderr F', ' stdout P', ' stdaut F', ' stdout F:x', ' stdout'), word)
    .map(([time, head, text]) => `${time}${head}${text === '' ? '' : ` ${text}`}`),
  fc.string({ unit: fc.constantFrom('a', 'é', '1', ' ', '22'), maxLength: 12 }),
);
const inputs = fc
  .tuple(
    fc.array(lines, { maxLength: 12 }),
    fc.constantFrom('\n', '\r\n', '\n\n', '\n \n'),
    fc.array(fc.integer({ min: 1, max: 3 })),
    fc.boolean(),
  )
  .map(([texts, end, repeats, isCut]) => {
    const all = texts.flatMap((text, i) => Array.from({ length: repeats[i] ?? 1 }, () => text + end)).join('');
    // Sometimes the last character is cut in the middle, and no text.
    return isCut ? Buffer.concat([Buffer.from(all), Buffer.from([0xe2, 0x82])]) : Buffer.from(all);
  });
const options = fc.record({
  keepLeading: fc.boolean(),
  keepTrailing: fc.boolean(),
  maxBytes: fc.constantFrom(20, 60, 1000),
});

describe.each(Object.keys(programs))('%s', (form) => {
  test('many lines at once are the same records as one after the other', () => {
    fc.assert(
      fc.property(inputs, fc.array(fc.nat(600), { maxLength: 3 }), options, (bytes, cuts, chosen) => {
        expect(run(form, bytes, cuts, chosen, true)).toEqual(run(form, bytes, cuts, chosen, false));
      }),
      { numRuns: 150 },
    );
  });
});

test.each([
  ['raw', (i: number) => `${i} x`],
  ['json with blocks', (i: number) => `{"n":${i},"time":"2026-11-30T12:00:00.123Z","level":"info","msg":"a \\"b\\""}`],
  ['json', (i: number) => `{"n":${i},"msg":"caf\\u00e9 \\ud83d\\ude00 \\u3042\\t\\u0001","é":"\\u0041"}`],
  ['regex', (i: number) => `${i} 2026-11-30T12:00:00.123Z INFO [worker-7] request é served`],
  ['container', (i: number) => `2026-11-30T12:00:00.123456789Z ${i % 2 ? 'stdout' : 'stderr'} F ${i}`],
  ['container of cri-o', (i: number) => `2026-11-30T12:00:00.123456789+02:00 stdout F ${i}`],
])('%s: usual lines are not written one by one', (form, line) => {
  const count = 5000;
  const bytes = Buffer.from(Array.from({ length: count }, (_, i) => `${line(i)}\n`).join(''));
  const usual = { keepLeading: false, keepTrailing: false, maxBytes: 1 << 20 };
  const { records, single } = runCounted(form, bytes, [], usual, true);
  expect(single).toBe(0);
  expect(records).toEqual(run(form, bytes, [], usual, false));
});
