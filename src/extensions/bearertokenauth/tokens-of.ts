import { isFieldValue } from '../../component/schema/header-field.js';

/** The tokens of a file, one in each line. Throws what is wrong with it, and nothing of a token. */
export function tokensOf(text: string): string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw new Error('no bearer token provided');
  const wrong = lines.findIndex((line) => !isFieldValue(line));
  if (wrong >= 0) throw new Error(`token ${wrong + 1} of the file has characters that no header may have`);
  return lines;
}
