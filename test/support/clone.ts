import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Gives a folder with the same sources what was built of them here: compiling them again takes a minute, and
 * test/e2e/readme.test.ts does so. A source or a setting that is not the same there is compiled anew.
 */
export function alreadyBuilt(root: string, folder: string): void {
  // With the times of all files, by which the build knows what it made.
  execFileSync('cp', ['-a', path.join(root, 'dist'), path.join(root, '.build'), folder]);
}

/** The files that a fresh clone of the working tree would have, in a folder of their own. The caller removes it. */
export function cleanClone(root: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-clone-'));
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0')) {
    const from = path.join(root, file);
    if (file === '' || !fs.existsSync(from)) continue;
    const to = path.join(folder, file);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from, to);
  }
  return folder;
}
