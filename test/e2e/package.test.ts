import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

test(
  'the packed tarball installs without scripts in an empty folder, and npx kanmon validate works there',
  { timeout: 180_000 },
  () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-pack-'));
    try {
      const run = (command: string, args: string[], cwd: string): string =>
        execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      // dist is built by pretest already.
      const tarball = run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], root)
        .trim()
        .split('\n')
        .at(-1)!;
      fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
      run(
        'npm',
        ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', path.join(folder, tarball)],
        folder,
      );
      const example = path.join(folder, 'node_modules/kanmon/examples/quickstart.yaml');
      expect(fs.existsSync(example)).toBe(true);
      const inPackage = (file: string): boolean => fs.existsSync(path.join(folder, 'node_modules/kanmon', file));
      expect(
        ['LICENSE', 'CHANGELOG.md', 'README.md', 'docs/differences.md', 'src/receivers/otlp/README.md'].filter(
          (file) => !inPackage(file),
        ),
      ).toEqual([]);
      expect(['docs/spec', 'docs/decisions', 'test', 'src/receivers/otlp/index.ts'].filter(inPackage)).toEqual([]);
      expect(run('npx', ['--no-install', 'kanmon', 'validate', '--config', example], folder)).toBe('');
      expect(run('npx', ['--no-install', 'kanmon', '--version'], folder)).toMatch(/^kanmon version \d+\.\d+\.\d+/);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
);

test('no runtime dependency has an install script', () => {
  const lock = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }>;
  };
  const offenders = Object.entries(lock.packages).filter(
    ([name, entry]) => name !== '' && entry.dev !== true && entry.hasInstallScript === true,
  );
  expect(offenders.map(([name]) => name)).toEqual([]);
});
