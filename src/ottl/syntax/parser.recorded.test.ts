import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { StatementError } from '../ottl-error.js';
import { parseCondition, parseStatement } from './parser.js';

const folder = path.join(import.meta.dirname, '../../../test/recorded/ottl');

interface Recorded {
  readonly id: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly configError?: string;
}

const recorded = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n'))
  .map((line) => JSON.parse(line) as Recorded);

/** The first mistake in the syntax of the statements and conditions of a configuration. */
function mistake({ config }: Recorded): string | undefined {
  for (const [option, value] of Object.entries(config)) {
    const isFilter = option.endsWith('_conditions');
    if (!isFilter && !option.endsWith('_statements')) continue;
    const items = Array.isArray(value) ? (value as unknown[]) : [];
    for (const item of items) {
      const group = typeof item === 'string' ? { [isFilter ? 'conditions' : 'statements']: [item] } : item;
      const { statements = [], conditions = [] } = group as Record<string, string[] | undefined>;
      const found = [...refused(statements, parseStatement), ...refused(conditions, parseCondition)][0];
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function refused(texts: string | readonly string[], parse: (text: string) => unknown): string[] {
  return [texts].flat().flatMap((text) => {
    try {
      parse(text.replaceAll('$$', '$'));
      return [];
    } catch (error) {
      if (error instanceof StatementError) return [error.message];
      throw error;
    }
  });
}

/** Refused by the configuration, by the checker (an editor is no condition), or only here (functions of one's own). */
const elsewhere = new Set([
  'config.008',
  'config.010',
  'filter.config.002',
  'filter.config.017',
  'lambda.001',
  'lambda.002',
]);

const hasOldOptions = ({ config }: Recorded): boolean => ['logs', 'metrics', 'traces'].some((name) => name in config);
const here = recorded.filter((each) => !elsewhere.has(each.id) && !hasOldOptions(each));
const isWrong = ({ configError = '' }: Recorded): boolean => /invalid syntax(?: at |: [0-9])/.test(configError);

describe('the recorded configurations', () => {
  it.each(here.filter((each) => !isWrong(each)))('of $id are read', (each) => {
    expect(mistake(each)).toBeUndefined();
  });

  it.each(here.filter(isWrong))('of $id are refused', (each) => {
    expect(mistake(each)).toBeDefined();
  });
});
