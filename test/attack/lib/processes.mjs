// Child processes of an attack: the gateway under attack, and helpers with an IPC channel.
import { fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

export const cli = path.resolve(import.meta.dirname, '../../../dist/cli/main.js');
const running = new Set();

export function stopAll() {
  for (const child of running) child.kill('SIGKILL');
}

/** Ports of 127.0.0.1 that are free now. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve) => {
          const server = net.createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Starts `lib/<file>` as a process of its own; `ask(message)` resolves with its next answer. */
export async function helper(file, message, priority = 0) {
  const child = fork(path.join(import.meta.dirname, file), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  child.on('exit', () => running.delete(child));
  // A client that measures waits must not wait for a processor itself.
  if (priority !== 0) raise(child.pid, priority);
  const ask = (request) =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`${file} ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (answer) => {
        child.off('exit', ended);
        resolve(answer);
      });
      child.send(request);
    });
  const first = await ask(message);
  return { first, ask, pid: child.pid, stop: () => child.kill('SIGKILL') };
}

function raise(pid, priority) {
  try {
    os.setPriority(pid, priority);
  } catch {
    // Only root may; the figures then include the waits of a busy machine.
  }
}

/** The gateway under attack. */
export class Target {
  #output = '';
  #outputBytes = 0;
  #ended;
  #child;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-attack-'));

  /**
   * Starts it on a configuration and resolves when it is ready. `reads: false` leaves its output unread once it is
   * ready; `shell` is a command that sets limits before (`ulimit -n 256`).
   */
  static async start(yaml, { env = {}, args = [], reads = true, shell } = {}) {
    const target = new Target();
    target.configure(yaml);
    const command = [process.execPath, cli, '--config', target.file, ...args];
    const [program, rest] = shell
      ? ['/bin/sh', ['-c', `${shell} && exec "$@"`, 'sh', ...command]]
      : [command[0], command.slice(1)];
    const child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, KANMON_MEMORY_LIMIT_MIB: '512', ...env },
      cwd: target.#folder,
    });
    target.#child = child;
    running.add(child);
    let ready = () => {};
    const isReady = new Promise((resolve) => (ready = () => resolve('ready')));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        target.#outputBytes += text.length;
        target.#output = keepEnds(target.#output + text);
        if (target.#output.includes('Everything is ready')) ready();
      });
    }
    target.#ended = new Promise((resolve) =>
      child.on('close', (code, signal) => {
        running.delete(child);
        fs.rmSync(target.#folder, { recursive: true, force: true });
        resolve(code ?? signal);
      }),
    );
    const first = await Promise.race([isReady, target.#ended]);
    if (first !== 'ready') throw new Error(`the gateway ended with ${first} before it was ready:\n${target.#output}`);
    if (!reads) for (const stream of [child.stdout, child.stderr]) stream.pause();
    target.startRssMiB = target.#status('VmRSS');
    return target;
  }

  get file() {
    return path.join(this.#folder, 'config.yaml');
  }

  get folder() {
    return this.#folder;
  }

  get pid() {
    return this.#child.pid;
  }

  /** The beginning and the end of what it has written. */
  get output() {
    return this.#output;
  }

  /** The length of all that it has written. */
  get outputBytes() {
    return this.#outputBytes;
  }

  get ended() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  configure(yaml) {
    fs.writeFileSync(this.file, yaml);
  }

  signal(name) {
    this.#child.kill(name);
  }

  get rssMiB() {
    return this.#status('VmRSS');
  }

  /** Of the process and the workers that live: pages of files, which all share, count once. */
  get peakRssMiB() {
    let sum = this.#status('VmHWM');
    for (const pid of this.workers) sum += this.#status('VmHWM', pid) - this.#status('RssFile', pid);
    return sum;
  }

  /** Process IDs of the workers that live. */
  get workers() {
    try {
      return fs.readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    } catch {
      return [];
    }
  }

  get descriptors() {
    return fs.readdirSync(`/proc/${this.pid}/fd`).length;
  }

  /** Ends it with SIGTERM; resolves with its exit code, or with `'killed'` when it did not end within `ms`. */
  async stop(ms) {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), ms);
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.resume();
    this.#child.kill('SIGTERM');
    const code = await this.#ended;
    clearTimeout(late);
    return code;
  }

  #status(field, pid = this.pid) {
    try {
      const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
      return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    } catch {
      return 0;
    }
  }
}

/** The first and the last part of a long output: the start, and the ledger. */
function keepEnds(text) {
  const most = 200_000;
  return text.length <= 2 * most ? text : text.slice(0, 20_000) + text.slice(-most);
}
