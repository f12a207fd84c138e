import fs from 'node:fs';
import pino from 'pino';

/**
 * A destination of log lines. Writing is synchronous: a line is out before the fault that it reports can end the
 * program.
 */
export interface LogSink {
  write(text: string): void;
  close(): void;
}

/**
 * Opens `stdout`, `stderr`, plain paths and `file:` URLs. Throws the Collector's message, `open sink "x": ...`, after
 * closing the ones that were already open.
 */
export function openSinks(paths: readonly string[]): LogSink {
  const opened: { write(text: string): void; end(): void }[] = [];
  for (const path of paths) {
    try {
      opened.push(openSink(path));
    } catch (error) {
      for (const sink of opened) sink.end();
      throw new Error(`open sink ${JSON.stringify(path)}: ${openError(path, error)}`, { cause: error });
    }
  }
  return {
    write: (text) => {
      for (const sink of opened) sink.write(text);
    },
    close: () => {
      for (const sink of opened) sink.end();
    },
  };
}

function openSink(path: string): { write(text: string): void; end(): void } {
  if (path === 'stdout' || path === 'stderr') {
    const stream = pino.destination({ fd: path === 'stdout' ? 1 : 2, sync: true });
    return { write: (text) => void stream.write(text), end: () => stream.flushSync() };
  }
  const file = path.startsWith('file:') ? new URL(path).pathname : path;
  const fd = fs.openSync(file, 'a', 0o666);
  const stream = pino.destination({ fd, sync: true });
  return { write: (text) => void stream.write(text), end: () => stream.end() };
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
