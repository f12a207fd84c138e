import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

test('a name that is no YAML type, and one that is taken, are refused and leave nothing behind', () => {
  const attempt = (type: string): string => {
    try {
      execFileSync(process.execPath, ['scripts/new.mjs', 'exporter', type], {
        cwd: root,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      return String((error as { stderr: string }).stderr);
    }
    return '';
  };
  expect(attempt('Wrong-Name')).toContain('is no component type');
  expect(attempt('debug')).toContain('exists already');
  expect(fs.existsSync(path.join(root, 'src/exporters/Wrong-Name'))).toBe(false);
});

test(
  'a component of each kind passes the whole check at once and touches nothing outside its folder',
  { timeout: 900_000 },
  () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-scaffold-'));
    const run = (command: string, args: string[]): string =>
      execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    try {
      for (const entry of fs.readdirSync(root)) {
        // What was built is copied: only the new components are compiled.
        if (['node_modules', '.git', 'coverage'].includes(entry)) continue;
        fs.cpSync(path.join(root, entry), path.join(folder, entry), { recursive: true, preserveTimestamps: true });
      }
      fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
      run('git', ['init', '-q']);
      run('git', ['add', '-A']);
      run('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-qm', 'before']);
      const kinds = ['receiver', 'processor', 'exporter', 'connector', 'extension'];
      for (const kind of kinds) run('npm', ['run', '--silent', 'new', '--', kind, `probe_${kind}`]);
      const changed = run('git', ['status', '--porcelain', '--untracked-files=normal'])
        .trim()
        .split('\n')
        .map((line) => line.slice(3))
        .sort();
      expect(changed.filter((file) => !/^src\/\w+s\/(probe_\w+\/)?$/.test(file))).toEqual([]);
      expect(changed).toHaveLength(kinds.length);
      for (const kind of kinds) {
        const lines = fs
          .readFileSync(path.join(folder, `src/${kind}s/probe_${kind}/probe_${kind}.ts`), 'utf8')
          .split('\n').length;
        expect(lines, kind).toBeLessThan(60);
      }
      run('npm', ['run', '--silent', 'check']);
      run('npx', ['vitest', 'run', ...kinds.map((kind) => `src/${kind}s/probe_${kind}`)]);
      for (const kind of kinds)
        run(process.execPath, ['dist/cli/main.js', 'validate', '--config', `src/${kind}s/probe_${kind}/example.yaml`]);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
);
