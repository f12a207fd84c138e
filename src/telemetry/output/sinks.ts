import fs from 'node:fs';
import { standardOutput } from './standard.js';
import { outputFile } from './output-fault.js';
import { TextOutput, type OutputWriter } from './output.js';

/**
 * Destinations of text. A text is out when `write` returns, before the fault that it reports can end the program,
 * unless its reader is slow or its disk full: then it waits, as `TextOutput` says.
 */
export interface TextSink {
  write(text: string): void;
  /** Undefined while all destinations take text, else a promise of the time when they do again or are given up. */
  room(): Promise<void> | undefined;
  close(): void;
}

/**
 * Opens `stdout`, `stderr`, plain paths and `file:` URLs. Throws the Collector's message, `open sink "x": ...`, after
 * closing the ones that were already open.
 */
export function openSinks(paths: readonly string[], writer: OutputWriter): TextSink {
  const opened: TextSink[] = [];
  for (const path of paths) {
    try {
      opened.push(openSink(path, writer));
    } catch (error) {
      for (const sink of opened) sink.close();
      throw new Error(`open sink ${JSON.stringify(path)}: ${openError(path, error)}`, { cause: error });
    }
  }
  return {
    write: (text) => {
      for (const sink of opened) sink.write(text);
    },
    room: () => {
      const rooms = opened.map((sink) => sink.room()).filter((room) => room !== undefined);
      return rooms.length === 0 ? undefined : Promise.all(rooms).then(() => {});
    },
    close: () => {
      for (const sink of opened) sink.close();
    },
  };
}

function openSink(path: string, writer: OutputWriter): TextSink {
  if (path === 'stdout' || path === 'stderr') {
    const output = standardOutput(path);
    return { write: (text) => output.write(text, writer), room: () => output.room(), close: () => {} };
  }
  const output = new TextOutput(openFile(outputFile(path) ?? path));
  return { write: (text) => output.write(text, writer), room: () => output.room(), close: () => output.close() };
}

/** A named pipe is opened at once, also while nothing reads it, and stays open when its reader changes. */
function openFile(path: string): number {
  const { O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK, O_RDWR, O_WRONLY } = fs.constants;
  const isPipe = fs.statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  return fs.openSync(path, (isPipe ? O_RDWR : O_WRONLY) | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK, 0o666);
}

const goErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
};

function openError(path: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return `open ${path}: ${goErrors[code] ?? (error as Error).message}`;
}
