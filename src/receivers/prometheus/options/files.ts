import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isAlias, parseDocument, visit } from 'yaml';
import { ConfigValueError } from '../../../component/config-value-error.js';
import { group, list, type Schema } from '../../../component/schema/schema.js';
import { jobConfig, type JobConfig } from './job.js';

/** Bytes of the largest file. */
const mostBytes = 1 << 20;

interface JobFile {
  readonly scrape_configs: readonly JobConfig[];
}

const jobFile: Schema<JobFile> = group<JobFile>({ scrape_configs: list(jobConfig) });

/** The jobs in `scrape_config_files`. Throws a `ConfigValueError` at the pattern of a file with a fault. */
export function jobsOfFiles(patterns: readonly string[]): JobConfig[] {
  return patterns.flatMap((pattern, i) => {
    const fail = (file: string, what: string): never => {
      throw new ConfigValueError(`scrape config file ${JSON.stringify(file)}: ${what}`, [
        'config',
        'scrape_config_files',
        i,
      ]);
    };
    try {
      return filesOf(pattern).flatMap((file) => jobsOf(file, (what) => fail(file, what)));
    } catch (error) {
      if (error instanceof ConfigValueError) throw error;
      return fail(pattern, (error as Error).message);
    }
  });
}

function filesOf(pattern: string): string[] {
  if (!pattern.includes('*')) return [pattern];
  const folder = path.dirname(pattern);
  if (folder.includes('*')) throw new Error('only the last part of a path may have a *');
  const parts = path.basename(pattern).split('*');
  if (parts.length !== 2) throw new Error('only one * is possible');
  const [before = '', after = ''] = parts;
  return readdirSync(folder)
    .filter((name) => name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after))
    .sort()
    .map((name) => path.join(folder, name));
}

function jobsOf(file: string, fail: (what: string) => never): readonly JobConfig[] {
  if (statSync(file).size > mostBytes) return fail(`larger than ${mostBytes} bytes`);
  const document = parseDocument(readFileSync(file, 'utf8'), { schema: 'core' });
  const [wrong] = document.errors;
  if (wrong) return fail(wrong.message.split('\n')[0] ?? '');
  visit(document, (_, node) => {
    if (isAlias(node)) fail('aliases are not supported here');
  });
  const result = jobFile.safeParse(document.toJS());
  if (result.success) return result.data.scrape_configs;
  const [issue] = result.error.issues;
  const keys = issue?.code === 'unrecognized_keys' ? `: ${issue.keys.join(', ')}` : '';
  return fail(`${issue?.path.join('::') ?? ''}: ${issue?.message ?? ''}${keys}`);
}
