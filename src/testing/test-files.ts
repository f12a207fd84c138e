import { discoverComponents } from '../config/components.js';
import { readCaseFile, type ReadyCase } from './case-file.js';
import type { FileResults } from './report.js';
import { runCase, type CaseResult } from './run-case.js';

/** Reads all files, and then runs the tests in them one after the other. Rejects when one of them cannot be used. */
export async function testFiles(files: readonly string[]): Promise<readonly FileResults[]> {
  const components = await discoverComponents();
  const read: (readonly [file: string, cases: readonly ReadyCase[]])[] = [];
  for (const file of files) read.push([file, await readCaseFile(file, components)]);
  const all: FileResults[] = [];
  for (const [file, cases] of read) {
    const results: CaseResult[] = [];
    for (const one of cases) results.push(await runCase(one));
    all.push({ file, results });
  }
  return all;
}
