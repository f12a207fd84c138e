import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonToProto } from '../otlp/json/decode.js';
import { protoToJson } from '../otlp/json/encode.js';
import type { Signal } from '../otlp/signal.js';
import { validate } from '../otlp/wire/validate.js';
import { resultAtOnce } from '../otlp/work.js';
import { contexts, type ContextName } from './contexts/contexts.js';
import { functionTable, type Candidate } from './environment.js';
import { standardFunctions } from './functions/standard.js';
import { inferContext } from './inference.js';
import { OttlError, StatementError } from './ottl-error.js';
import { ConditionSequence, StatementSequence, type ErrorMode } from './sequence.js';
import { compileCondition, compileStatement } from './statement.js';
import { mentions } from './syntax/mentions.js';
import { parseCondition, parseStatement } from './syntax/parser.js';
import { ChangingWalk } from './walk/changing-walk.js';

const { canon, patch, sortKeys } = (await import('../../test/recorded/support/pipelines.mjs' as string)) as {
  canon(json: unknown): unknown;
  patch(json: unknown, diff: unknown): unknown;
  sortKeys(json: unknown): unknown;
};

interface Recorded {
  readonly id: string;
  readonly signal: Signal;
  readonly config: Readonly<Record<string, unknown>>;
  readonly input: string;
  readonly message?: string;
  readonly diff?: unknown;
  readonly configError?: string;
  readonly nondeterministic?: string;
}

interface Group {
  readonly context?: string;
  readonly error_mode?: string;
  readonly conditions?: readonly string[];
  readonly statements?: readonly string[];
}

const folder = new URL('../../test/recorded/ottl/', import.meta.url);
const fixtures = JSON.parse(readFileSync(new URL('fixtures.json', folder), 'utf8')) as Record<string, unknown>;
const names: Readonly<Record<Signal, readonly ContextName[]>> = {
  logs: ['resource', 'scope', 'log'],
  traces: ['resource', 'scope', 'span', 'spanevent'],
  metrics: ['resource', 'scope', 'metric', 'datapoint', 'exemplar'],
  profiles: ['resource', 'scope', 'profile'],
};
const functions = functionTable(standardFunctions);
const services = { now: (): bigint => 1_780_000_000_000_000_000n, randomBytes: (): void => {} };
const client = { address: '127.0.0.1', metadata: new Map([['x-tenant', ['acme']]]), auth: undefined };

/** Copies a map into itself; asks for a newer list of browsers; two that end the Collector. */
const different = new Set(['ed.set.014', 'fn.UserAgent.004', 'ed.replace_pattern.040', 'ed.replace_pattern.041']);

function read(...files: readonly string[]): readonly Recorded[] {
  const lines = files.flatMap((file) =>
    readFileSync(new URL(`${file}.jsonl`, folder), 'utf8')
      .trimEnd()
      .split('\n'),
  );
  return lines.map((line) => JSON.parse(line) as Recorded).filter(isOfTheLanguage);
}

/** Groups as the processor makes them: plain statements beside each other are one. */
function groupsOf({ config, signal }: Recorded): readonly Group[] {
  const list = config[`${signal.slice(0, -1)}_statements`];
  if (!Array.isArray(list)) return [];
  const items = list as readonly (string | Group)[];
  const plain = items.filter((item) => typeof item === 'string');
  const texts = (given: string | readonly string[] = []): string[] =>
    [given].flat().map((text) => text.replaceAll('$$', '$'));
  const groups = items.filter((item) => typeof item !== 'string');
  return [...groups, ...(plain.length > 0 ? [{ statements: plain }] : [])].map((group) => ({
    ...group,
    statements: texts(group.statements),
    conditions: texts(group.conditions),
  }));
}

/** Whether a case asks for nothing but the language and the functions that every context has. */
function isOfTheLanguage(recorded: Recorded): boolean {
  if (
    different.has(recorded.id) ||
    recorded.nondeterministic !== undefined ||
    /configuration|feature gate/.test(recorded.configError ?? '')
  )
    return false;
  return groupsOf(recorded).every(({ statements = [], conditions = [] }) => {
    try {
      const found = [
        ...statements.map((text) => mentions(parseStatement(text))),
        ...conditions.map((text) => mentions(parseCondition(text))),
      ];
      return found.every((each) =>
        [...each.editors, ...each.converters].every(
          ({ name }) => functions.has(name) || recorded.configError !== undefined,
        ),
      );
    } catch (error) {
      if (error instanceof StatementError) return true;
      throw error;
    }
  });
}

function compiled(recorded: Recorded): (bytes: Uint8Array) => Uint8Array {
  const { signal, config } = recorded;
  const candidates = names[signal].map((name): Candidate => ({ context: contexts[name], functions }));
  const steps = groupsOf(recorded).map(({ context, error_mode: mode, conditions = [], statements = [] }) => {
    const given = candidates.find((each) => each.context.name === context?.toLowerCase());
    if (context !== undefined && given === undefined) throw new StatementError(`no context ${context}`);
    const chosen = given ?? inferContext(statements, conditions, candidates);
    const environment = { ...chosen, services, shortPaths: given !== undefined };
    const errorMode = (mode ?? config['error_mode'] ?? 'ignore') as ErrorMode;
    const when = new ConditionSequence(
      conditions.map((text) => compileCondition(text, environment)),
      errorMode,
      () => {},
    );
    const run = new StatementSequence(
      statements.map((text) => compileStatement(text, environment)),
      errorMode,
      () => {},
    );
    return { name: chosen.context.name as ContextName, when: conditions.length > 0 ? when : undefined, run };
  });
  return (bytes) => {
    let batch = validate(signal, bytes);
    for (const { name, when, run } of steps)
      batch = resultAtOnce(
        new ChangingWalk(name).changing(batch, client, (scene) => {
          if (when === undefined || when.matches(scene)) run.run(scene);
        }),
      );
    return batch.bytes;
  };
}

function outcome(recorded: Recorded): unknown {
  const bytes = jsonToProto(recorded.signal, Buffer.from(JSON.stringify(fixtures[recorded.input])));
  const run = compiled(recorded);
  try {
    return sortKeys(canon(JSON.parse(Buffer.from(protoToJson(recorded.signal, run(bytes))).toString())));
  } catch (error) {
    if (error instanceof OttlError) return error.message;
    throw error;
  }
}

const run = read(
  'literal',
  'math',
  'cmp',
  'bool',
  'cache',
  'style',
  'error_mode',
  'parse',
  'path',
  'ed',
  'fn',
  'regex',
);
const refused = read('config-errors').filter(
  ({ id, config }) => groupsOf({ config, signal: 'logs' } as Recorded).length > 0 && !id.startsWith('config.'),
);

/** A pattern stands for the texts that it matches. */
function withPatterns(expected: unknown, found: unknown): unknown {
  if (typeof expected !== 'object' || expected === null) return expected;
  if (Array.isArray(expected))
    return expected.map((each, i) => withPatterns(each, (found as unknown[] | undefined)?.[i]));
  const { $re: pattern } = expected as { $re?: string };
  if (pattern !== undefined) return new RegExp(pattern).test(String(found)) ? found : expected;
  const entries = Object.entries(expected);
  return Object.fromEntries(
    entries.map(([key, each]) => [key, withPatterns(each, (found as Record<string, unknown> | undefined)?.[key])]),
  );
}

/** A message without what the Collector says of its own types. */
function plainMessage(message: string): string {
  return message
    .replace(/error getting value in ottl\.\w+\[[^\]]*\]: /, '')
    .replace('{0xPTR 0xPTR}', 'a list, map or ID');
}

describe('a recorded configuration', () => {
  it.each(run.map((each) => [each.id, each] as const))('%s does the same', (_id, recorded) => {
    const { message } = recorded;
    const found = outcome(recorded);
    if (message === undefined) {
      const expected = sortKeys(patch(canon(fixtures[recorded.input]), recorded.diff));
      expect(found).toEqual(withPatterns(expected, found));
    } else expect(found).toBe(plainMessage(message));
  });

  it.each(refused.map((each) => [each.id, each] as const))('%s is refused', (_id, recorded) => {
    expect(() => compiled(recorded)).toThrow(StatementError);
  });
});
