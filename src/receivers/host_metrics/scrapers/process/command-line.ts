import { byteAt } from '../../../../otlp/wire/at.js';

const blank = 32;

/** A command line. */
export interface CommandLine {
  /** The first argument. */
  readonly command: string;
  /** All arguments with blanks between them, empty ones left out. */
  readonly whole: string;
}

const none: CommandLine = { command: '', whole: '' };

/** Reads `bytes[0, length)`, arguments that end with NUL; writes over them. */
export function commandLine(bytes: Buffer, length: number): CommandLine {
  if (length === 0) return none;
  const firstEnd = bytes.indexOf(0);
  const command = bytes.toString('utf8', 0, firstEnd < 0 || firstEnd > length ? length : firstEnd);
  let to = 0;
  for (let from = 0; from < length; from++) {
    const byte = byteAt(bytes, from);
    if (byte !== 0) bytes[to++] = byte;
    else if (to > 0 && nextIsText(bytes, from, length)) bytes[to++] = blank;
  }
  return { command, whole: bytes.toString('utf8', 0, to) };
}

/** Whether an argument follows directly. */
function nextIsText(bytes: Buffer, at: number, length: number): boolean {
  return at + 1 < length && byteAt(bytes, at + 1) !== 0;
}
