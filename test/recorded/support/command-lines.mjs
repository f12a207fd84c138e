// Runs many command lines of one program. Node built-ins only.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Kanmon's own (`cli/main.js` with `program.js` beside it) run one after the other in one process: to load the program
 * takes twenty times as long as most of what is asked of it. Another program is started for each. Only for commands
 * that end by themselves.
 */
export class CommandLines {
  #command;
  #entry;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
  #outputs;
  #child;
  #turn = Promise.resolve();

  /** The words of the command, such as `node dist/cli/main.js`. */
  constructor(command) {
    this.#command = command;
    const entry = path.resolve(command.at(-1), '../program.js');
    if (command.at(-1).endsWith('cli/main.js') && fs.existsSync(entry)) this.#entry = entry;
    // Appended to, so that a text begins at the start when the file was emptied.
    this.#outputs = ['stdout', 'stderr'].map((name) => {
      const file = path.join(this.#folder, name);
      return { name, file, fd: fs.openSync(file, 'a') };
    });
  }

  /**
   * `env` is the whole environment; `alone`: in a process of its own in any case. Resolves with `{ code, stdout, stderr
   * }`; a signal that ended it is the code.
   */
  run(args, { cwd = process.cwd(), env = process.env, limitMs = 60_000, alone = false } = {}) {
    // One at a time: each has the folder, the environment and the outputs of the process for itself.
    const result = this.#turn.then(() =>
      alone || this.#entry === undefined
        ? this.#spawned(args, { cwd, env, limitMs })
        : this.#within({ args, cwd, env }, limitMs),
    );
    this.#turn = result.catch(() => {});
    return result;
  }

  close() {
    this.#child?.kill('SIGKILL');
    for (const { fd } of this.#outputs) fs.closeSync(fd);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  #stdio() {
    return ['ignore', ...this.#outputs.map(({ fd }) => fd)];
  }

  #answer(code) {
    const texts = this.#outputs.map(({ name, file }) => [name, fs.readFileSync(file, 'utf8')]);
    return { code, ...Object.fromEntries(texts) };
  }

  async #spawned(args, { cwd, env, limitMs }) {
    for (const { fd } of this.#outputs) fs.ftruncateSync(fd);
    const [file, ...first] = this.#command;
    const child = spawn(file, [...first, ...args], { cwd, env, stdio: this.#stdio() });
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const code = await new Promise((resolve) => {
      child.once('exit', (status, signal) => resolve(signal ?? status));
      child.once('error', () => resolve('spawn-error'));
    });
    clearTimeout(limit);
    return this.#answer(code);
  }

  async #within(request, limitMs) {
    const child = (this.#child ??= await this.#start());
    for (const { fd } of this.#outputs) fs.ftruncateSync(fd);
    const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const code = await new Promise((resolve) => {
      // It ends itself, as no command should: the next one gets another process.
      const ended = (status, signal) => {
        this.#child = undefined;
        resolve(signal ?? status);
      };
      child.once('exit', ended);
      child.once('message', (reply) => {
        child.off('exit', ended);
        resolve(reply.code);
      });
      child.send(request);
    });
    clearTimeout(limit);
    return this.#answer(code);
  }

  async #start() {
    const [file, ...first] = this.#command.slice(0, -1);
    const child = spawn(file, [...first, path.join(import.meta.dirname, 'command-lines-process.mjs'), this.#entry], {
      stdio: [...this.#stdio(), 'ipc'],
    });
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${this.#answer(code).stderr}`)));
    });
    child.removeAllListeners('exit');
    return child;
  }
}
