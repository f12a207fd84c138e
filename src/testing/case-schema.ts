import {
  any,
  duration,
  flag,
  group,
  list,
  map,
  scalar,
  text,
  type Report,
  type Schema,
} from '../component/schema/schema.js';
import { isMap } from './otlp-value.js';

/** The output that must leave the processors of one pipeline. */
export interface ExpectedOutput {
  readonly output: unknown;
  readonly output_contains: unknown;
  readonly unchanged: boolean;
}

export interface ExpectedMetric {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Expected extends ExpectedOutput {
  readonly dropped: unknown;
  readonly refused: string;
  readonly metrics: readonly ExpectedMetric[];
  readonly pipelines: Readonly<Record<string, ExpectedOutput>>;
}

/** A request that is handed in, time that passes, and what is expected then. */
export interface CaseStep {
  readonly input: unknown;
  readonly input_file: string;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
  readonly advance: number;
  readonly expect: Expected;
}

export interface Case extends CaseStep {
  readonly name: string;
  readonly pipeline: string;
  readonly processors: unknown;
  readonly now: string;
  readonly steps: readonly CaseStep[];
}

export interface CaseFile {
  readonly config: readonly string[];
  readonly tests: readonly Case[];
}

const outputOptions = {
  output: any({ about: 'OTLP JSON: all that comes out, `{}` for nothing.' }),
  output_contains: any({
    about:
      'OTLP JSON: a part of what comes out. Of a map only the keys that it names are compared; each element of a ' +
      'list is looked for in any order; an attribute with null must not be there.',
  }),
  unchanged: flag(false, { about: 'All that was handed in comes out as it was.' }),
};

const expected: Schema<Expected> = group<Expected>({
  ...outputOptions,
  dropped: any({ about: 'How many items are dropped, or how many for each reason: `{filtered: 1}`.' }),
  refused: text('', { about: 'The request is refused with an error that has this text.' }),
  metrics: list(
    group<ExpectedMetric>({
      name: text('', { about: 'The name of a counter.' }),
      attributes: map(scalar(), { about: 'Only series with these attributes count.' }),
      value: any({ about: 'By how much it grows.' }) as Schema<number>,
    }),
    [],
    { about: 'Counters of the components, such as the decisions of `tail_sampling`.' },
  ),
  pipelines: map(group<ExpectedOutput>(outputOptions), {
    about: 'Data that leaves the processors of pipelines to which connectors lead, by their names.',
  }),
});

const stepOptions = {
  input: any({ about: 'A request as OTLP JSON: a map, or text with JSON.' }),
  input_file: text('', { about: 'A file with OTLP JSON, next to this one, in place of `input`.' }),
  metadata: map(list(text()), { about: 'Client metadata of the request: header fields by name.' }),
  advance: duration('0s', { about: 'How much time passes then.' }),
  expect: expected,
};

/** A file of `kanmon test`. */
export const caseFileSchema: Schema<CaseFile> = group<CaseFile>({
  config: list(text(), [], { about: 'The configuration whose pipelines are tested, next to this file.' }),
  tests: list(
    group<Case>(
      {
        name: text('', { about: 'The fact that the test shows.' }),
        pipeline: text('', { about: 'The pipeline of the configuration: `traces`.' }),
        processors: any({
          about: 'In place of a pipeline: processors with their options, in the order in which they run.',
        }),
        now: text('2026-01-01T00:00:00Z', { about: 'The time at which it begins.' }, (value) =>
          Number.isNaN(Date.parse(value)) ? 'expected a time such as 2026-01-01T00:00:00Z' : undefined,
        ),
        ...stepOptions,
        steps: list(group<CaseStep>(stepOptions, checkStep), [], {
          about: 'Several requests one after the other, each with what is expected after it.',
        }),
      },
      checkCase,
    ),
  ),
});

function checkCase(value: Case, report: Report): void {
  if (value.name === '') report('a test needs a `name`');
  if ((value.pipeline === '') === (value.processors === undefined || value.processors === null))
    report('a test needs a `pipeline` of the configuration, or `processors` with their options');
  if (value.steps.length === 0) checkStep(value, report);
  else if (value.input !== undefined || value.input_file !== '' || expects(value.expect))
    report('with `steps`, input and expectations stand in these', ['steps']);
  if (![value, ...value.steps].some(({ expect }) => expects(expect))) report('nothing is expected');
}

function checkStep(value: CaseStep, report: Report): void {
  if (value.input !== undefined && value.input_file !== '')
    report('`input` and `input_file` cannot be used together', ['input_file']);
  const { expect } = value;
  const hasInput = value.input !== undefined || value.input_file !== '';
  if (!hasInput && value.advance === 0) report('nothing happens here: give an `input`, or time to `advance`');
  if (!hasInput && (expect.unchanged || Object.values(expect.pipelines).some(({ unchanged }) => unchanged)))
    report('`unchanged` compares with the input, which is missing here', ['expect']);
  if (expect.dropped !== undefined && !isCount(expect.dropped) && !isCounts(expect.dropped))
    report('expected a number of items, or a map of reasons to numbers', ['expect', 'dropped']);
  expect.metrics.forEach(({ value: grown }, i) => {
    if (typeof grown !== 'number') report('expected a number', ['expect', 'metrics', i, 'value']);
  });
}

function expects(expect: Expected): boolean {
  const { output, output_contains: part, unchanged, dropped, refused, metrics, pipelines } = expect;
  return (
    [output, part, dropped].some((given) => given !== undefined) ||
    unchanged ||
    refused !== '' ||
    metrics.length > 0 ||
    Object.keys(pipelines).length > 0
  );
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

/** Numbers of items by reason. */
export function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return isMap(value) && Object.values(value).every(isCount);
}
