import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** What a fresh clone of the working tree would have, in a folder of its own. The caller removes it. */
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
