import type { TextFault } from '../../component/config-value-error.js';
import { unwritable } from '../../component/unwritable.js';

/** The file that an output of text names; undefined for `stdout` and `stderr`. Throws for a URL that is none. */
export function outputFile(path: string): string | undefined {
  if (path === 'stdout' || path === 'stderr') return undefined;
  return path.startsWith('file:') ? new URL(path).pathname : path;
}

/** The reason why an output of text can't be opened; undefined: none. */
export function outputFault(path: string): TextFault | undefined {
  try {
    const file = outputFile(path);
    const fault = file === undefined ? undefined : unwritable(file);
    return fault && { ...fault, message: `open sink ${JSON.stringify(path)}: ${fault.message}` };
  } catch (error) {
    return { message: `open sink ${JSON.stringify(path)}: ${(error as Error).message}`, hint: 'Write file:///path.' };
  }
}
