import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../support/program.js';

const root = path.resolve(import.meta.dirname, '../..');
const documents = ['docs/testing-configurations.md', 'docs/lint/README.md', 'examples/policy/README.md'];

/** The commands of a document's `console` blocks, with the output that stands below each. */
const commands = documents.flatMap((document) =>
  [...fs.readFileSync(path.join(root, document), 'utf8').matchAll(/^```console\n\$ kanmon (.*)\n([^]*?)^```$/gm)].map(
    ([, command = '', output = '']) => ({ document, command, output }),
  ),
);

/** Words of a command line, whose quotes are single ones. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

test.each(commands)('$document: kanmon $command', async ({ command, output }) => {
  const { stdout, stderr } = await runCommand(wordsOf(command), root);
  expect(stdout + stderr).toBe(output);
});

test('the cases in the documents run', async () => {
  const text = fs.readFileSync(path.join(root, 'docs/testing-configurations.md'), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, yaml = '']) => yaml);
  expect(blocks).toHaveLength(2);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-documented-'));
  try {
    fs.writeFileSync(
      path.join(folder, 'gateway.yaml'),
      fs
        .readFileSync(path.join(root, 'examples/policy/drop-health-checks.yaml'), 'utf8')
        .replaceAll('kind ==', 'kind <='),
    );
    for (const [i, yaml] of blocks.entries()) fs.writeFileSync(path.join(folder, `${i}.test.yaml`), yaml);
    const result = await runCommand(['test', '0.test.yaml', '1.test.yaml'], folder);
    expect(result).toMatchObject({ code: 0, stderr: '' });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
