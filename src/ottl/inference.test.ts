import { describe, expect, it } from 'vitest';
import { plainContext, plainEnvironment } from '../../test/support/ottl.js';
import { functionTable, type Candidate } from './environment.js';
import { editor } from './function.js';
import { inferContext, InferenceError } from './inference.js';

const all = plainEnvironment().functions;
const onlyMetric = functionTable([...all.values(), editor('copy_metric', {}, () => () => {})]);

function candidate(name: string, above: readonly string[], functions = all): Candidate {
  return { context: plainContext(name, above), functions };
}

const logs = [candidate('resource', []), candidate('scope', ['resource']), candidate('log', ['scope', 'resource'])];
const metrics = [
  candidate('resource', []),
  candidate('scope', ['resource']),
  candidate('metric', ['scope', 'resource'], onlyMetric),
  candidate('datapoint', ['metric', 'scope', 'resource']),
];

function inferred(candidates: readonly Candidate[], statements: string[], conditions: string[] = []): string {
  return inferContext(statements, conditions, candidates).context.name;
}

function refusal(candidates: readonly Candidate[], statements: string[], conditions: string[] = []): string {
  try {
    return `inferred ${inferred(candidates, statements, conditions)}`;
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    return `${error.text} @${error.offset}: ${error.message}`;
  }
}

describe('the context', () => {
  it.each<[string, readonly Candidate[], string[], string[]]>([
    ['resource', logs, ['set(resource.name, 1)'], []],
    ['log', logs, ['set(resource.name, log.name)'], []],
    ['log', logs, ['set(resource.name, 1)', 'set(resource.name, 2) where log.name == "a"'], []],
    ['log', logs, ['set(resource.name, 1)'], ['log.name == nil']],
    ['scope', logs, ['set(scope.name, resource.name)'], []],
    ['log', logs, ['set(resource.attributes[log.name], 1)'], []],
    ['log', logs, ['set(log.name, otelcol.client.addr)'], []],
    ['datapoint', metrics, ['set(metric.name, "x")', 'set(datapoint.name, metric.name)'], []],
    ['metric', metrics, ['copy_metric() where resource.name == "a"'], []],
    ['metric', metrics, [], ['not (metric.name == "a") or resource.name == "b"']],
  ])('%s', (expected, candidates, statements, conditions) => {
    expect(inferred(candidates, statements, conditions)).toBe(expected);
  });

  it.each<[readonly Candidate[], string[], string[], string]>([
    [
      logs,
      ['set(name, 1)'],
      [],
      'set(name, 1) @undefined: no path names a context, so that it is not clear where this runs: write a path with ' +
        'one in front ("resource", "scope" and "log"), or set "context" for the group',
    ],
    [logs, ['set(log.name, 1)', 'set(log.name 2)'], [], 'set(log.name 2) @13: expected "," or ")", found "2"'],
    [
      logs,
      ['set(span.name, 1)'],
      [],
      'set(span.name, 1) @4: "span" is no context in which this can run: here are "resource", "scope" and "log"',
    ],
    [
      logs,
      ['set(otelcol.client.addr, "x")'],
      [],
      'set(otelcol.client.addr, "x") @4: "otelcol" is no context in which this can run: here are "resource", ' +
        '"scope" and "log"',
    ],
    [
      logs,
      ['set(log.name, 1)'],
      ['log.severity_number == SEVERITY_NUMBER_INF'],
      'log.severity_number == SEVERITY_NUMBER_INF @23: "SEVERITY_NUMBER_INF" has no meaning in the context log: did ' +
        'you mean SEVERITY_NUMBER_INFO?',
    ],
    [
      logs,
      ['set(log.name, Apply(SHA256))'],
      [],
      'set(log.name, Apply(SHA256)) @20: "SHA256" alone is taken for an enum where the context is inferred, as in ' +
        'the Collector: set "context" for the group, if the function is meant',
    ],
    [logs, ['sett(log.name, 1)'], [], 'sett(log.name, 1) @0: there is no function "sett" here: did you mean "set"?'],
    [
      logs,
      ['set(log.name, concat(["a"], ""))'],
      [],
      'set(log.name, concat(["a"], "")) @14: there is no function "concat" here: did you mean "Concat"?',
    ],
    [
      metrics,
      ['copy_metric()', 'set(datapoint.name, 1)'],
      [],
      'copy_metric() @0: there is no function "copy_metric" here',
    ],
  ])('cannot be inferred from %#', (candidates, statements, conditions, expected) => {
    expect(refusal(candidates, statements, conditions)).toBe(expected);
  });
});
