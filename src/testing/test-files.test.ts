import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { reports, type Paint } from './report.js';
import { testFiles } from './test-files.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
});

const gateway = `
receivers: {otlp: {protocols: {http: }}}
processors:
  tail_sampling:
    decision_wait: 10s
    policies: [{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}]
  transform:
    trace_statements: ['set(span.name, "renamed") where span.name == "b"']
  filter: {error_mode: propagate, trace_conditions: ['ParseJSON(span.name) == nil']}
connectors: {forward: }
exporters: {debug: }
service:
  pipelines:
    traces: {receivers: [otlp], processors: [tail_sampling], exporters: [debug]}
    traces/rename: {receivers: [otlp], processors: [transform], exporters: [forward]}
    traces/behind: {receivers: [forward], processors: [transform], exporters: [debug]}
    traces/strict: {receivers: [otlp], processors: [filter], exporters: [debug]}
`;

const spans = (...names: readonly string[]): string =>
  `{resourceSpans: [{scopeSpans: [{spans: [${names
    .map((name, i) => `{traceId: "${String(i + 1).padStart(32, '0')}", name: ${name}, status: {code: ${i * 2}}}`)
    .join(', ')}]}]}]}`;

/** Spans of which only the name counts, but which are of no kind. */
const named = (...names: readonly string[]): string =>
  `{resourceSpans: [{scopeSpans: [{spans: [${names.map((name) => `{name: ${name}, kind: 0}`).join(', ')}]}]}]}`;

function written(tests: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-testing-'));
  folders.push(folder);
  fs.writeFileSync(path.join(folder, 'gateway.yaml'), gateway);
  fs.writeFileSync(path.join(folder, 'spans.json'), '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"b"}]}]}]}');
  const file = path.join(folder, 'gateway.test.yaml');
  fs.writeFileSync(file, `config: gateway.yaml\ntests:\n${tests}`);
  return file;
}

const plain: Paint = (_colour, text) => text;

async function failuresOf(tests: string): Promise<readonly string[]> {
  const [file] = await testFiles([written(tests)]);
  return file?.results.flatMap(({ failures }) => failures) ?? [];
}

test('what is expected comes', async () => {
  const found = await failuresOf(`
  - name: a pipeline, and the one behind its connector
    pipeline: traces/rename
    input: ${spans('a', 'b')}
    expect:
      output: ${spans('a', 'renamed')}
      pipelines: {traces/behind: {output_contains: ${named('renamed', 'a')}}}
      dropped: 0
  - name: attributes in another order
    pipeline: traces/rename
    input: {resourceSpans: [{scopeSpans: [{spans: [{attributes: {a: 1, b: {c: [x, 2.5, true]}}}]}]}]}
    expect: {output: {resourceSpans: [{scopeSpans: [{spans: [{attributes: {b: {c: [x, 2.5, true]}, a: 1}}]}]}]}}
  - name: a file
    pipeline: traces/rename
    input_file: spans.json
    expect: {output_contains: ${named('renamed')}}
  - name: time passes
    pipeline: traces
    steps:
      - input: ${spans('a', 'b')}
        advance: 5s
        expect: {output: {}, dropped: 0}
      - advance: 6s
        expect:
          output_contains: ${named('b')}
          dropped: {not_sampled: 1}
          metrics:
            - {name: kanmon_tail_sampling_decisions, attributes: {decision: sampled, policy: errors}, value: 1}
            - {name: kanmon_tail_sampling_decisions, value: 2}
  - name: a request is refused
    pipeline: traces/strict
    input: ${spans('a')}
    expect: {refused: failed to eval condition, output: {}}
  - name: processors without a configuration, with $$ as in one
    processors:
      transform: {trace_statements: ['replace_pattern(span.name, "^(.)", "$$1$$1")']}
      filter: {trace_conditions: ['span.name == "bb"']}
    input: ${spans('a', 'b')}
    expect: {dropped: {filtered: 1}, output_contains: ${named('aa')}}
`);
  expect(found).toEqual([]);
});

test('components that keep points and batches are tested with time that passes', async () => {
  const metric = (sum: object): string =>
    JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'n', sum }] }] }] });
  const point = (asInt: number, second: number): string => {
    const times = { startTimeUnixNano: '1767225000000000000', timeUnixNano: `${1_767_225_600 + second}000000000` };
    return metric({ aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ asInt, ...times }] });
  };
  const came = (asInt: number): string => metric({ dataPoints: [{ asInt }] });
  const found = await failuresOf(`
  - name: differences
    processors: {cumulative_to_delta: }
    steps:
      - {input: ${point(5, 10)}, expect: {output: {}}}
      - {input: ${point(8, 20)}, expect: {output_contains: ${came(3)}}}
  - name: the last point of each minute
    processors: {interval: {interval: 60s}}
    steps:
      - {input: ${point(5, 10)}, advance: 30s, expect: {output: {}}}
      - {input: ${point(8, 20)}, advance: 29s, expect: {output: {}}}
      - {advance: 1s, expect: {output_contains: ${came(8)}}}
  - name: a batch that waits
    processors: {batch: {timeout: 5s}}
    steps:
      - {input: ${point(5, 10)}, advance: 4s, expect: {output: {}}}
      - {advance: 1s, expect: {output_contains: ${came(5)}}}
  - name: the time
    now: 2026-03-01T00:00:00Z
    processors: {transform: {log_statements: ['set(log.body, FormatTime(Now(), "%F %T"))']}}
    steps:
      - advance: 90s
      - input: {resourceLogs: [{scopeLogs: [{logRecords: [{body: 1}]}]}]}
        expect: {output_contains: {resourceLogs: [{scopeLogs: [{logRecords: [{body: "2026-03-01 00:01:30"}]}]}]}}
`);
  expect(found).toEqual([]);
});

test('a large request whose parts are handed on in several turns comes out whole', async () => {
  const file = written(`
  - name: batches
    processors: {batch: {timeout: 0s, send_batch_size: 4096, send_batch_max_size: 4096}}
    input_file: many.json
    expect: {output_contains: {resourceSpans: [{scopeSpans: [{spans: [{name: n69999}]}]}]}}
`);
  const many = Array.from({ length: 70_000 }, (_, i) => ({ name: `n${i}` }));
  const request = { resourceSpans: [{ scopeSpans: [{ spans: many }] }] };
  fs.writeFileSync(path.join(path.dirname(file), 'many.json'), JSON.stringify(request));
  const [tested] = await testFiles([file]);
  expect(tested?.results).toMatchObject([{ name: 'batches', failures: [] }]);
});

test('what fails is shown', async () => {
  const found = await failuresOf(`
  - {name: one, pipeline: traces/rename, input: ${spans('a', 'b')}, expect: {unchanged: true, dropped: 1}}
  - name: unreached
    pipeline: traces/rename
    input: ${spans()}
    expect: {pipelines: {traces/strict: {output: {}}}}
  - name: two
    pipeline: traces/rename
    input: ${spans('b')}
    expect:
      refused: never
      output_contains: ${named('b')}
      metrics: [{name: otelcol_processor_incoming_item, value: 1}]
`);
  expect(found).toEqual([
    `output: - expected, + what came out
              - traceId: "00000000000000000000000000000001"
                name: a
              - traceId: "00000000000000000000000000000002"
  -             name: b
  +             name: renamed
                status:
                  code: 2`,
    'dropped: expected 1, got {}',
    'traces/strict: no connector leads from traces/rename to this pipeline',
    'refused: the request was accepted',
    `output_contains:
  resourceSpans[0].scopeSpans[0].spans[0].name: expected "b", got "renamed"
  what came out:
    resourceSpans:
      - scopeSpans:
          - spans:
              - traceId: "00000000000000000000000000000001"
                name: renamed`,
    'metrics: expected otelcol_processor_incoming_item{} to grow by 1, not 0; is it otelcol_processor_incoming_items?',
  ]);
});

test.each<[tests: string, message: RegExp]>([
  ['  - {name: x}', /:3:5: tests\[0\]: a test needs a `pipeline` of the configuration/],
  ['  - {name: x, pipelin: traces}', /:3:15: tests\[0\]::pipelin: unknown key "pipelin"[^]*Did you mean "pipeline"\?/],
  [
    `  - {name: x, pipeline: trace, input: ${spans('a')}, expect: {dropped: 0}}`,
    /:3:25: tests\[0\]::pipeline: there is no pipeline "trace"[^]*Did you mean "traces"\?/,
  ],
  [
    '  - {name: x, pipeline: traces, input: {resourceSpans: [{scopeSpan: []}]}, expect: {dropped: 0}}',
    /:3:58: tests\[0\]::input::resourceSpans\[0\]::scopeSpan: unknown key "scopeSpan"[^]*Did you mean "scopeSpans"\?/,
  ],
  [
    `  - {name: x, pipeline: traces, input: ${spans('a').replaceAll('"', '')}, expect: {dropped: 0}}`,
    /:3:\d+: tests\[0\]::input::resourceSpans\[0\]::scopeSpans\[0\]::spans\[0\]::traceId: expected text: put it in/,
  ],
  [
    '  - {name: x, pipeline: traces, input: {resourceLogs: []}, expect: {dropped: 0}}',
    /:3:40: tests\[0\]::input: these are logs, but the pipeline is for traces/,
  ],
  ['  - {name: x, pipeline: traces, input: {}, expect: {dropped: 0}}', /input: this is no OTLP JSON/],
  ['  - {name: x, pipeline: traces, input_file: no.json, expect: {dropped: 0}}', /:3:45: .*ENOENT/],
  [`  - {name: x, pipeline: traces, input: ${spans('a')}}`, /:3:5: tests\[0\]: nothing is expected/],
  [
    `  - {name: x, pipeline: traces, input: ${spans('a')}, expect: {dropped: few}}`,
    /dropped: expected a number of items/,
  ],
  [
    `  - {name: x, processors: {filter: {trace_conditions: [spn.name]}}, input: ${spans('a')}, expect: {dropped: 0}}`,
    /:3:56: processors::filter::trace_conditions\[0\]/,
  ],
])('the place of a mistake is named: %s', async (tests, message) => {
  await expect(testFiles([written(tests)])).rejects.toThrow(message);
});

test('results as text, TAP and XML', () => {
  const results = [
    { name: 'good # one', place: 'a.yaml:2:3', failures: [] },
    { name: 'bad <1>', place: 'a.yaml:5:3', failures: ['output:\n  - a\u0001\n  + b & c'] },
  ];
  const files = [{ file: 'a.yaml', results }];
  expect(reports.text(files, plain)).toBe(
    'a.yaml\n  ok      good # one\n  failed  bad <1>  a.yaml:5:3\n    output:\n      - a\u0001\n      + b & c\n' +
      '1 passed, 1 failed\n',
  );
  expect(reports.tap(files, plain)).toBe(
    'TAP version 14\n1..2\nok 1 - a.yaml: good \\# one\nnot ok 2 - a.yaml: bad <1>\n  ---\n  at: "a.yaml:5:3"\n' +
      '  message: |-\n    output:\n      - a\u0001\n      + b & c\n  ...\n',
  );
  expect(reports.junit(files, plain)).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite name="a.yaml" tests="2" failures="1">\n' +
      '    <testcase classname="a.yaml" name="good # one"/>\n    <testcase classname="a.yaml" name="bad &lt;1&gt;">\n' +
      '      <failure message="output:">a.yaml:5:3\noutput:\n  - a\uFFFD\n  + b &amp; c</failure>\n    </testcase>\n' +
      '  </testsuite>\n</testsuites>\n',
  );
});
