import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { FileHandle } from 'node:fs/promises';

/** A lock belongs to the open file, so that a child which shares that can take it for this process. */
const command = 'flock';

/** Whether files can be locked: Node has no call for it, and the command of util-linux does it. */
export function canLockFiles(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Takes a shared lock of an open file; false when another program has it for itself. */
export function lockFile(handle: FileHandle): Promise<boolean> {
  return run(['--shared', '--nonblock', '3'], handle);
}

export async function unlockFile(handle: FileHandle): Promise<void> {
  await run(['--unlock', '3'], handle);
}

function run(words: readonly string[], { fd }: FileHandle): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'ignore', fd] });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
