import type { RequestContext } from '../component/consumer.js';
import type { DeliveryError } from '../component/delivery-error.js';
import { nearest } from '../config/fault.js';
import { isCounts, type CaseStep } from './case-schema.js';
import type { ReadyCase, ReadyOutput, ReadyStep } from './case-file.js';
import { inKeyOrder } from './canonical.js';
import { missingOf } from './contains.js';
import { lineDiff } from './line-diff.js';
import type { Json } from './otlp-value.js';
import { PipelineUnderTest } from './pipeline-under-test.js';
import { readable } from './readable.js';

/** How a test has ended. */
export interface CaseResult {
  readonly name: string;
  /** `gateway.test.yaml:12:5`. */
  readonly place: string;
  /** Why it has failed, each of several lines; none when it has passed. */
  readonly failures: readonly string[];
}

/** Runs a test. Rejects when its pipeline cannot be created. */
export async function runCase(test: ReadyCase): Promise<CaseResult> {
  const pipeline = await PipelineUnderTest.start(test.config, test.pipeline, test.now);
  const failures: string[] = [];
  try {
    for (const [i, step] of test.steps.entries()) {
      const found = await runStep(pipeline, test.pipeline, step);
      const where = test.steps.length > 1 ? `step ${i + 1}: ` : '';
      failures.push(...found.map((failure) => `${where}${failure}`));
    }
    if (failures.length > 0)
      for (const { message, fields } of pipeline.logged)
        failures.push(`logged: ${message} ${JSON.stringify(fields, withMessages)}`);
  } finally {
    await pipeline.end();
  }
  return { name: test.name, place: test.place, failures };
}

const withMessages = (_key: string, value: unknown): unknown => (value instanceof Error ? value.message : value);

async function runStep(pipeline: PipelineUnderTest, own: string, ready: ReadyStep): Promise<string[]> {
  const { step, batch, outputs } = ready;
  const before = new Map(pipeline.dropped());
  const { metrics } = step.expect;
  const values = metrics.map(({ name, attributes }) => pipeline.metric(name, attributes));
  const refusal = await pipeline.send(batch, contextOf(step), step.advance);
  const came = pipeline.take();
  return [
    ...refusedFailures(step.expect.refused, refusal),
    ...[...outputs].flatMap(([id, output]) => {
      if (!pipeline.pipelines.includes(id)) return [`${id}: no connector leads from ${own} to this pipeline`];
      return outputFailures(id === own ? '' : `${id}: `, output, came.get(id) ?? {});
    }),
    ...droppedFailures(step.expect.dropped, since(before, pipeline.dropped())),
    ...metrics.flatMap(({ name, attributes, value }, i) => {
      const grown = pipeline.metric(name, attributes) - (values[i] ?? 0);
      if (grown === value) return [];
      const unknown = pipeline.metricNames.includes(name) ? '' : `; ${similar(name, pipeline.metricNames)}`;
      return [`metrics: expected ${name}${JSON.stringify(attributes)} to grow by ${value}, not ${grown}${unknown}`];
    }),
  ];
}

function similar(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === undefined ? `there are ${names.join(', ') || 'none'}` : `is it ${near}?`;
}

function contextOf({ metadata }: CaseStep): RequestContext {
  const values = Object.entries(metadata).map(([name, given]) => [name.toLowerCase(), given] as const);
  return { metadata: new Map(values), peer: '127.0.0.1:4317' };
}

function refusedFailures(expected: string, refusal: DeliveryError | undefined): string[] {
  if (refusal === undefined) return expected === '' ? [] : ['refused: the request was accepted'];
  if (expected !== '' && refusal.message.includes(expected)) return [];
  return [`refused: ${refusal.message}`];
}

function outputFailures(of: string, { whole: given, part }: ReadyOutput, output: Json): string[] {
  const failures: string[] = [];
  // The order of attributes has no meaning.
  const came = inKeyOrder(output);
  const whole = given && inKeyOrder(given);
  if (whole !== undefined && JSON.stringify(whole) !== JSON.stringify(came)) {
    const shown = lineDiff(readable(whole), readable(came));
    // They may differ only in what the readable form leaves out.
    const lines = shown.length > 0 ? shown : lineDiff(written(whole), written(came));
    failures.push([`${of}output: - expected, + what came out`, ...indented(lines)].join('\n'));
  }
  const missing = part === undefined ? [] : missingOf(part, came);
  if (missing.length > 0)
    failures.push(
      [
        `${of}output_contains:`,
        ...indented(missing),
        '  what came out:',
        ...indented(linesOf(came)).map((line) => `  ${line}`),
      ].join('\n'),
    );
  return failures;
}

const written = (json: Json): string => JSON.stringify(json, undefined, 2);

function linesOf(json: Json): string[] {
  return readable(json).trimEnd().split('\n');
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function droppedFailures(expected: unknown, dropped: Readonly<Record<string, number>>): string[] {
  if (expected === undefined) return [];
  const total = Object.values(dropped).reduce((sum, items) => sum + items, 0);
  const same = isCounts(expected)
    ? [...new Set([...Object.keys(expected), ...Object.keys(dropped)])].every(
        (reason) => (expected[reason] ?? 0) === (dropped[reason] ?? 0),
      )
    : expected === total;
  return same ? [] : [`dropped: expected ${JSON.stringify(expected)}, got ${JSON.stringify(dropped)}`];
}

function since(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): Record<string, number> {
  const grown = [...now].map(([reason, items]) => [reason, items - (before.get(reason) ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, items]) => items !== 0));
}
