import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rules } from '../../src/lint/all-rules.js';
import { ignoreRules } from '../../src/lint/ignore.js';
import { linted } from '../support/lint.js';

const pages = path.resolve(import.meta.dirname, '../../docs/lint');
const described = [...rules, ...ignoreRules];

test('every rule is a file of its name, and is listed', () => {
  const folder = path.resolve(import.meta.dirname, '../../src/lint/rules');
  expect(rules.map(({ id }) => `${id}.ts`).toSorted()).toEqual(fs.readdirSync(folder).toSorted());
  expect(rules.length).toBeGreaterThanOrEqual(30);
});

test('the table of rules has each, in their order', () => {
  const rows = fs.readFileSync(path.join(pages, 'README.md'), 'utf8').match(/^\| \[.*$/gm);
  expect(rows).toEqual(described.map(({ id, severity, title }) => `| [${id}](${id}.md) | ${severity} | ${title} |`));
});

test('there is a page for each rule, and no other', () => {
  const files = fs.readdirSync(pages).filter((file) => file !== 'README.md');
  expect(files.toSorted()).toEqual(described.map(({ id }) => `${id}.md`).toSorted());
});

describe.each(described)('$id', ({ id, severity, title }) => {
  const text = fs.readFileSync(path.join(pages, `${id}.md`), 'utf8');
  let folder = '';
  beforeAll(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-lint-'))));
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  /** The findings in the blocks of a part of the page: one for each tier, with its name and replicas behind `yaml`. */
  const found = async (part: string): Promise<readonly string[]> => {
    const [, section = ''] = text.split(`\n## ${part}\n`);
    const words = [...(section.split('\n## ')[0] ?? '').matchAll(/^```yaml (\S+)\n([^]*?)^```$/gm)].map(
      ([, info = '', yaml = '']) => {
        const [name = '', replicas] = info.split(':');
        fs.writeFileSync(path.join(folder, `${name}.yaml`), yaml);
        if (name === 'manifest') return 'manifest.yaml';
        return `--tier ${name}=${name}.yaml${replicas === undefined ? '' : `:${replicas}`}`;
      },
    );
    expect(words).not.toEqual([]);
    return (await linted(words.join(' '), folder)).findings.map((finding) => finding.id);
  };

  test('the page begins with its title and has its reason', () => {
    expect(text).toMatch(new RegExp(`^# ${id}\n\n`));
    expect(text).toContain(`\n\n${title}. Severity: ${severity}.\n\n## Why\n\n`);
  });

  test('the example gives this finding, and its fix none', async () => {
    expect(await found('Example')).toEqual([id]);
    expect(await found('Fix')).toEqual([]);
  });
});
