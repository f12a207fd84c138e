import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-patterns-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function check(code: string): { readonly status: number | null; readonly said: string } {
  fs.writeFileSync(path.join(folder, 'some.ts'), code);
  const { status, stdout } = spawnSync(process.execPath, ['scripts/patterns.mjs', folder], { encoding: 'utf8' });
  return { status, said: stdout };
}

test('a pattern that can go back over what a peer sends is refused', () => {
  const bad = [
    String.raw`/^\s*[^\s;]+\s*(;\s*\w+\s*=\s*("[^"]*"|\w+)\s*)*;?\s*$/`,
    '/(a+)+$/',
    '/^a*a*$/',
    String.raw`/\s+$/`,
    'new RegExp(text)',
  ];
  const { status, said } = check(bad.map((pattern, i) => `export const p${i} = ${pattern};`).join('\n'));
  expect(status).toBe(1);
  for (const i of bad.keys()) expect(said).toContain(`some.ts:${i + 1}: `);
});

test('a pattern that reads each character once is not', () => {
  expect(check(String.raw`export const p = [/^[a-z]+\/[a-z]+$/, /(?<!=)=+$/, /\s*/y];`)).toEqual({
    status: 0,
    said: '',
  });
});
