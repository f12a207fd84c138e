import fs from 'node:fs';
import path from 'node:path';
import type { TextFault } from './config-value-error.js';

const goErrors: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOTDIR: 'not a directory',
  EROFS: 'read-only file system',
  ENAMETOOLONG: 'file name too long',
};

/**
 * The reason why a file can't be written, if it shows without touching it; undefined: none. `createsFolders`: its
 * folders are made when they are missing.
 */
export function unwritable(file: string, createsFolders = false): TextFault | undefined {
  const fault = (why: string, hint: string): TextFault => ({ message: `open ${file}: ${why}`, hint });
  try {
    const there = fs.statSync(file, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) return fault('is a directory', 'Name a file in it.');
    if (there) {
      fs.accessSync(file, fs.constants.W_OK);
      return undefined;
    }
    const folder = nearestFolder(path.dirname(path.resolve(file)));
    if (!createsFolders && folder !== path.dirname(path.resolve(file)))
      return fault('no such file or directory', `Create the folder ${path.dirname(file)}.`);
    if (!fs.statSync(folder).isDirectory()) return fault('not a directory', `${folder} is a file.`);
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return undefined;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return fault(goErrors[code] ?? message, 'Name a file that the user of this program may write.');
  }
}

/** The first folder upwards that there is. */
function nearestFolder(folder: string): string {
  let at = folder;
  while (!fs.existsSync(at) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}
