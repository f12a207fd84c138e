import path from 'node:path';
import { lint, type LintReport } from '../../src/lint/lint.js';
import { atLeast, readRequest } from '../../src/lint/request.js';

/** The words behind `kanmon lint`, as `expected.txt` files have them. */
interface Words {
  readonly configs: string[];
  readonly tier: string[];
  readonly replicas: string[];
  minSeverity: string;
}

function wordsOf(command: string, folder: string): Words {
  const words: Words = { configs: [], tier: [], replicas: [], minSeverity: 'info' };
  const inFolder = (files: string): string =>
    files
      .split(',')
      .map((file) => path.join(folder, file))
      .join(',');
  const given = command.split(' ');
  for (let word = given.shift(); word !== undefined; word = given.shift()) {
    if (word === '--tier')
      words.tier.push((given.shift() ?? '').replace(/=(.*)$/, (_all, files: string) => `=${inFolder(files)}`));
    else if (word === '--replicas') words.replicas.push(given.shift() ?? '');
    else if (word === '--min-severity') words.minSeverity = given.shift() ?? '';
    else words.configs.push(inFolder(word));
  }
  return words;
}

/** Runs a command line of `kanmon lint` in this process, its files in a folder, with no variable set. */
export async function linted(command: string, folder: string): Promise<LintReport> {
  const { configs, minSeverity, ...flags } = wordsOf(command, folder);
  return atLeast(minSeverity, await lint(readRequest(configs, flags, {})));
}
