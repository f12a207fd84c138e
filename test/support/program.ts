import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** Programs of the host that examples name, for machines without them. */
const stands: string = path.join(import.meta.dirname, 'programs');
export const searchPath: string = `${process.env['PATH'] ?? ''}:${stands}`;

export const productCli: string = path.resolve(import.meta.dirname, '../../dist/cli/main.js');

/** A running kanmon of its own process. */
export interface Program {
  readonly child: ChildProcess;
  /** Everything it has written to stdout and stderr. */
  output(): string;
  /** Sends a signal (default SIGTERM) and resolves with the exit code once it has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

const started = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/**
 * Starts `dist/cli/main.js`, or another `cli`, on a configuration and resolves when it logs that everything is ready.
 */
export async function startProgram(
  yaml: string,
  options: {
    env?: Record<string, string>;
    args?: readonly string[];
    cwd?: string;
    cli?: string;
    /** A command of the shell that it starts in, such as `ulimit -n 64`. */
    limits?: string;
    /** Makes the command line that starts it from its own, for instance in another network. */
    within?: (command: readonly string[]) => readonly [file: string, args: readonly string[]];
  } = {},
): Promise<Program> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-test-'));
  const file = path.join(folder, 'config.yaml');
  fs.writeFileSync(file, yaml);
  const command = [process.execPath, options.cli ?? productCli, '--config', file, ...(options.args ?? [])];
  const shell = ['sh', '-c', `${options.limits ?? ':'}; exec "$@"`, 'sh', ...command];
  const [start = '', ...args] = (options.within?.(shell) ?? [shell]).flat();
  const child = spawn(start, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: searchPath, ...options.env },
    cwd: options.cwd ?? folder,
  });
  started.add(child);
  let text = '';
  let ready: () => void = () => {};
  const isReady = new Promise<'ready'>((resolve) => {
    ready = () => resolve('ready');
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (data: string) => {
      text += data;
      if (data.includes('Everything is ready') || text.slice(-4000).includes('Everything is ready')) ready();
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      started.delete(child);
      fs.rmSync(folder, { recursive: true, force: true });
      resolve(code);
    });
  });
  const first = await Promise.race([isReady, ended]);
  if (first !== 'ready') throw new Error(`kanmon ended with ${first} before it was ready:\n${text}`);
  return {
    child,
    output: () => text,
    ended,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}

export interface CommandAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `dist/cli/main.js` to its end. */
export function runCommand(args: readonly string[], cwd: string = process.cwd()): Promise<CommandAnswer> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [productCli, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: searchPath },
    });
    let stdout = '';
    let stderr = '';
    // As text: a character may come in two pieces.
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/**
 * Below the ports that the kernel gives to outgoing connections, of which a test under load makes thousands: one of
 * them would take a port between two starts. Above those of `examples/quickstart.yaml`, which a test runs as it is.
 */
const firstPort = 17_000;
/**
 * Test files run in processes of their own. Each has a block for itself, by listening on the first port of it until it
 * ends: another file that looks for ports would take one between the look at it and its use, or between two starts.
 */
const blockSize = 500;
const blocks = 30;
let block: Promise<number> | undefined;
let looks = 0;

/** Ports that are free now, and that neither the kernel nor another test file takes soon. */
export async function freePorts(count: number): Promise<number[]> {
  const first = await (block ??= ownBlock());
  const ports: number[] = [];
  while (ports.length < count) {
    // Another caller may go on meanwhile.
    const port = first + 1 + (looks++ % (blockSize - 1));
    const server = await listening(port);
    if (!server) continue;
    await new Promise((resolve) => server.close(resolve));
    ports.push(port);
  }
  return ports;
}

/** The first port of a block that no other process has. */
async function ownBlock(): Promise<number> {
  for (let n = process.pid; ; n++) {
    const first = firstPort + (n % blocks) * blockSize;
    const server = await listening(first);
    if (!server) continue;
    server.unref();
    return first;
  }
}

/** Undefined: the port is taken. */
function listening(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/**
 * Calls `probe` until it returns true, after 1 ms, 2, 4 and at last every 50; throws with `what` after `ms`, which only
 * a fault takes.
 */
export async function until(what: string, probe: () => boolean | Promise<boolean>, ms = 100_000): Promise<void> {
  const end = Date.now() + ms;
  for (let pause = 1; !(await probe()); pause = Math.min(2 * pause, 50)) {
    // real time: the bound, which only a fault reaches.
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    // real time: the pause between two looks.
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** The processes that a process has started. */
export function childrenOf(pid: number | undefined): number[] {
  const listed = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return listed.trim().split(' ').filter(Boolean).map(Number);
}
