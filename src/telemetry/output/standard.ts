import fs from 'node:fs';
import { TextOutput } from './output.js';

export type StandardName = 'stdout' | 'stderr';

const descriptors: Readonly<Record<StandardName, number>> = { stdout: 1, stderr: 2 };
const opened: Map<StandardName, TextOutput> = new Map();

export function descriptorOf(name: StandardName): number {
  return descriptors[name];
}

/** The one output for stdout or stderr: everything that writes to it keeps its order, over reloads too. */
export function standardOutput(name: StandardName): TextOutput {
  let output = opened.get(name);
  if (!output) opened.set(name, (output = new TextOutput(neverBlocking(name))));
  return output;
}

/**
 * Keeps stdout and stderr from blocking. Call it after starting a process that inherits them: libuv then makes their
 * open file descriptions, which both processes share, blocking ones.
 */
export function unblockStandardOutputs(): void {
  for (const name of ['stdout', 'stderr'] as const) unblock(name);
}

/** A descriptor whose writes return at once. Files are left as they are: their writes wait for no reader. */
function neverBlocking(name: StandardName): number {
  const fd = descriptors[name];
  const stat = fs.fstatSync(fd);
  if (stat.isFile()) return fd;
  // An open file description of our own: whether that blocks is nobody else's matter. A socket has no second one.
  if (!stat.isSocket()) {
    try {
      return fs.openSync(
        `/proc/self/fd/${fd}`,
        fs.constants.O_WRONLY | fs.constants.O_NOCTTY | fs.constants.O_NONBLOCK,
      );
    } catch {
      // This process may not open it, or there is no /proc.
    }
  }
  unblock(name);
  return fd;
}

/** Node has no public call for it. */
function unblock(name: StandardName): void {
  const { _handle: handle } = process[name] as { readonly _handle?: { setBlocking?(blocking: boolean): number } };
  handle?.setBlocking?.(false);
}
