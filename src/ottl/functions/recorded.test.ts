import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { heldServices } from '../../../test/support/ottl-call.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { protoToJson } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { resultAtOnce } from '../../otlp/work.js';
import { contexts, type ContextName } from '../contexts/contexts.js';
import { functionTable } from '../environment.js';
import type { OttlFunction } from '../function.js';
import { StatementError } from '../ottl-error.js';
import { compileStatement } from '../statement.js';
import { ChangingWalk } from '../walk/changing-walk.js';
import { logFormatFunctions } from './log-format/table.js';
import { dataPointEditors, metricEditors } from './metrics/table.js';
import { isRootSpan } from './span/is-root-span.js';
import { setSemconvSpanName } from './span/set-semconv-span-name.js';
import { standardFunctions } from './standard.js';

const { canon, patch, sortKeys } = (await import('../../../test/recorded/support/pipelines.mjs' as string)) as {
  canon(json: unknown): unknown;
  patch(json: unknown, diff: unknown): unknown;
  sortKeys(json: unknown): unknown;
};

interface Case {
  readonly id: string;
  readonly signal: Signal;
  readonly config: Readonly<Record<string, unknown>>;
  readonly input: string;
  readonly message?: string;
  readonly diff?: unknown;
  readonly configError?: string;
  readonly nondeterministic?: unknown;
  readonly unordered?: boolean;
  readonly panic?: boolean;
}

const folder = new URL('../../../test/recorded/ottl/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const fixtures = JSON.parse(read('fixtures.json')) as Record<string, unknown>;
const all = ['fn.jsonl', 'config-errors.jsonl']
  .flatMap((name) => read(name).trim().split('\n'))
  .map((line) => JSON.parse(line) as Case);
/** Groups of the functions on texts, types and lists, which have tests of their own. */
const others = ['coll', 'encode', 'text', 'IsType', 'Format', 'String', 'IsMatch', 'ParseInt', 'SliceToMap', 'case'];
const cases = all.filter(({ id, nondeterministic, panic }) => {
  const group = /^fn\.(\w+)\./.exec(id)?.[1];
  // A context that is inferred is no matter of functions.
  const isInferred = group === 'metric_flat' && id.endsWith('.001');
  return group !== undefined && !others.includes(group) && !isInferred && nondeterministic === undefined && !panic;
});

const own: Partial<Record<ContextName, readonly OttlFunction[]>> = {
  span: [isRootSpan, setSemconvSpanName],
  metric: metricEditors,
  datapoint: dataPointEditors,
  log: logFormatFunctions,
};
const usual: Readonly<Record<Signal, ContextName>> = {
  logs: 'log',
  traces: 'span',
  metrics: 'metric',
  profiles: 'profile',
};

function run({ config, signal, input }: Case): unknown {
  const [list] = Object.entries(config).flatMap(([key, value]) => (key.endsWith('_statements') ? [value] : []));
  const [first] = list as (string | { context: ContextName; statements: string[] })[];
  const name = typeof first === 'object' ? first.context : usual[signal];
  const texts = typeof first === 'object' ? first.statements : (list as string[]);
  const statements = texts.map((text) =>
    compileStatement(text.replaceAll('$$', '$'), {
      context: contexts[name],
      functions: functionTable([...standardFunctions, ...(own[name] ?? [])]),
      services: heldServices,
      shortPaths: typeof first === 'object',
    }),
  );
  const batch = validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(fixtures[input]))));
  const walk = new ChangingWalk(name);
  const changed = resultAtOnce(
    walk.changing(batch, undefined, (scene) => {
      for (const statement of statements) statement.run(scene);
    }),
  );
  const json = JSON.parse(Buffer.from(protoToJson(signal, changed.bytes)).toString()) as unknown;
  // The batch's number of units is that of its bytes.
  expect(changed.itemCount).toBe(validate(signal, changed.bytes).itemCount);
  return sortKeys(canon(json));
}

/** Points in one order. */
function inOrder(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    key === 'dataPoints' && Array.isArray(value)
      ? value.map((point) => JSON.stringify(point)).toSorted((a, b) => (a < b ? -1 : 1))
      : value,
  );
}

/** A value of `{"$re": "..."}` stands for texts that match. */
function asRecorded(expected: unknown, actual: unknown): unknown {
  if (Array.isArray(expected)) return expected.map((each, index) => asRecorded(each, (actual as unknown[])?.[index]));
  if (typeof expected !== 'object' || expected === null) return expected;
  const pattern = (expected as { $re?: string }).$re;
  if (pattern !== undefined) return new RegExp(pattern).test(String(actual)) ? actual : expected;
  const found = (actual ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(expected).map(([key, each]) => [key, asRecorded(each, found[key])]));
}

test.each(cases.filter(({ configError }) => configError === undefined).map((each) => [each.id, each] as const))(
  '%s',
  (_id, recorded) => {
    const { message } = recorded;
    if (message === undefined) {
      const actual = run(recorded);
      const expected = asRecorded(sortKeys(patch(canon(fixtures[recorded.input]), recorded.diff)), actual);
      if (recorded.unordered === true) expect(inOrder(actual)).toEqual(inOrder(expected));
      else expect(actual).toEqual(expected);
      return;
    }
    let failure = 'none';
    try {
      run(recorded);
    } catch (error) {
      expect(error).not.toBeInstanceOf(StatementError);
      failure = String((error as Error).message);
    }
    expect(message).toContain(failure);
  },
);

test.each(cases.filter(({ configError }) => configError !== undefined).map((each) => [each.id, each] as const))(
  '%s is refused',
  (_id, recorded) => {
    expect(() => run(recorded)).toThrow(StatementError);
  },
);
