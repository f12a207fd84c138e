import { expect, test } from 'vitest';
import { requestsIn } from './requests.js';
import { showTrial } from './show-trial.js';
import { tryRules, type TrialRules } from './trial.js';

const input = `{"resourceSpans":[
  {"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[
    {"name":"GET /users/1","kind":2,"startTimeUnixNano":"1700000000000000001"},
    {"name":"GET /healthz","kind":2},
    {"name":"query"}]}]},
  {"scopeSpans":[{"spans":[{"name":"GET /healthz"}]}]}]}`;

async function shown(
  rules: Partial<Record<'statements' | 'conditions', readonly string[]>> &
    Partial<Pick<TrialRules, 'context' | 'errorMode'>>,
  content = input,
): Promise<string> {
  const { signal, requests } = requestsIn(content);
  const texts = (kind: string, given: readonly string[] = []): TrialRules['statements'] =>
    given.map((text, i) => ({ text, source: `${kind} ${i + 1}`, line: undefined }));
  const all = {
    ...{ context: '', errorMode: 'ignore', ...rules },
    statements: texts('statement', rules.statements),
    conditions: texts('condition', rules.conditions),
  };
  const gone = all.statements.length === 0 ? 'matched' : 'gone';
  return showTrial(signal, await tryRules(all, signal, requests), gone, (_colour, text) => text);
}

test('each item that is changed is shown with its lines', async () => {
  expect(
    await shown({
      statements: ['replace_pattern(span.name, "/[0-9]+$", "/{id}")', 'set(resource.attributes["a"], 1)'],
      conditions: ['span.kind == SPAN_KIND_SERVER'],
    }),
  ).toBe(`resourceSpans[0]: changed
    resource:
      attributes:
        service.name: shop
  +     a: 1
resourceSpans[0].scopeSpans[0].spans[0] "GET /users/1": changed
  - name: GET /users/1
  + name: GET /users/{id}
    kind: 2
    startTimeUnixNano: "1700000000000000001"
spans: 4, of which 1 changed, 0 gone
`);
});

test('conditions alone show what they match, also where a resource is left empty', async () => {
  expect(await shown({ context: 'span', conditions: ['name == "GET /healthz"'] })).toBe(`\
resourceSpans[0].scopeSpans[0].spans[1] "GET /healthz": matched
resourceSpans[1]: gone
resourceSpans[1].scopeSpans[0]: gone
resourceSpans[1].scopeSpans[0].spans[0] "GET /healthz": matched
spans: 4, of which 0 changed, 2 matched
`);
});

test('failures are counted, or refuse the request', async () => {
  const statements = ['set(span.name, ParseJSON(span.name))'];
  expect(await shown({ statements })).toBe(`\
failed 3 times: set(span.name, ParseJSON(span.name)): invalid character 'G' looking for beginning of value
  resourceSpans[0].scopeSpans[0].spans[0] "GET /users/1"
  resourceSpans[0].scopeSpans[0].spans[1] "GET /healthz"
  resourceSpans[1].scopeSpans[0].spans[0] "GET /healthz"
failed once: set(span.name, ParseJSON(span.name)): invalid character 'q' looking for beginning of value
  resourceSpans[0].scopeSpans[0].spans[2] "query"
spans: 4, of which 0 changed, 0 gone
`);
  expect(await shown({ statements, errorMode: 'propagate' })).toMatch(/^refused: failed to execute statement: /);
});

test('requests stand in lines', async () => {
  const line = JSON.stringify(JSON.parse(input));
  expect(await shown({ statements: ['set(span.name, "x") where span.name == "query"'] }, `${line}\n\n${line}\n`)).toBe(
    [1, 2]
      .map(
        (n) => `request ${n}: resourceSpans[0].scopeSpans[0].spans[2] "query": changed\n  - name: query\n  + name: x\n`,
      )
      .join('')
      .concat('spans: 8, of which 2 changed, 0 gone\n'),
  );
  expect(() => requestsIn(`${line}\n{"resourceLogs":[]}`)).toThrow(
    'line 2: these are logs, but those before are traces',
  );
  expect(() => requestsIn(`${line}\n{`)).toThrow('line 2: this is no OTLP JSON');
  expect(() => requestsIn('')).toThrow('the input is empty');
  expect(() => requestsIn('{"resourceSpans":[{"scopeSpans":7}]}')).toThrow('resourceSpans[0].scopeSpans');
});

test.each([
  [
    { statements: ['set(span.name, "x")', 'set(spn.name, "x")'] },
    /^statement 2, column 5:\n {2}set\(spn\.name, "x"\)\n {6}\^\n/,
  ],
  [{ context: 'spam', statements: ['set(name, "x")'] }, /unknown context "spam"/],
  [{ errorMode: 'loud', statements: ['set(span.name, "x")'] }, /unknown error mode loud/],
  [{ conditions: ['span.nme == 1'] }, /^condition 1, column 6:/],
])('a mistake is shown with its place: %j', async (rules, message) => {
  await expect(shown(rules)).rejects.toThrow(message);
});
