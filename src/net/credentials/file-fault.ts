import { readFileSync } from 'node:fs';
import type { TextFault } from '../../component/config-value-error.js';
import { inUseUnless } from '../../component/schema/in-use.js';
import { text, type Schema } from '../../component/schema/schema.js';

const goErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
};

/** An option with the path of a file with credentials; '' is none. */
export function credentialsFile(about: string): Schema<string> {
  return inUseUnless(text('', { about }), (file) => (file === '' ? undefined : credentialsFault(file)));
}

/**
 * The reason why a file with credentials can't be used; undefined: none. `read` throws what is wrong with it,
 * and nothing of its text.
 */
export function credentialsFault(file: string, read: (text: string) => unknown = () => {}): TextFault | undefined {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return {
      message: `open ${file}: ${goErrors[code] ?? message}`,
      hint: 'The path counts from the folder that the program starts in; its user must be able to read the file.',
    };
  }
  try {
    read(content);
    return undefined;
  } catch (error) {
    return { message: `${file}: ${(error as Error).message}`, hint: 'Correct the file.' };
  }
}
