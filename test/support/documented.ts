import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { OwnNetwork } from './own-network.js';
import { until } from './program.js';

/** Commands that fetch packages, which a network with loopback alone has not. */
const fetches = /^(?:npm (?:ci|install)|\S*pip install|go mod|python3 -m venv)\b/;

export interface Outcome {
  readonly code: number;
  readonly output: string;
  /** The machine lacks a program, or the registry that packages come from. */
  readonly isMachine: boolean;
}

/** What a shell answers for a program that is not there. */
const noProgram = 127;

/** Runs commands of documents as a person would: in one folder, one after the other, in one environment. */
export class DocumentedShell {
  readonly #folder: string;
  readonly #network: OwnNetwork;
  readonly #env: Record<string, string | undefined>;

  constructor(folder: string, network: OwnNetwork, env: Readonly<Record<string, string>> = {}) {
    this.#folder = folder;
    this.#network = network;
    this.#env = { ...process.env, CI: '', NO_COLOR: '1', ...env };
  }

  /** Runs a command line to its end: each part between `&&`, the ones that fetch in the network of the machine. */
  async run(line: string): Promise<Outcome> {
    let folder = this.#folder;
    let output = '';
    for (const part of line.split(' && ')) {
      const [, to] = /^cd (\S+)$/.exec(part) ?? [];
      const [, assigned] = /^export (.*)$/.exec(part) ?? [];
      if (to !== undefined) folder = path.join(folder, to);
      else if (assigned !== undefined)
        for (const [, name = '', value = ''] of assigned.matchAll(/(\w+)=(\S+)/g)) this.#env[name] = value;
      else {
        const child = this.#spawn(part, folder);
        output += await new Promise<string>((resolve) => {
          let text = '';
          for (const stream of [child.stdout, child.stderr])
            stream?.on('data', (data: Buffer) => (text += data.toString()));
          child.once('close', () => resolve(text));
        });
        const code = child.exitCode ?? -1;
        if (code !== 0) return { code, output, isMachine: code === noProgram || fetches.test(part) };
      }
    }
    return { code: 0, output, isMachine: false };
  }

  /** Starts a command that runs until it is stopped. */
  start(line: string): Running {
    return new Running(this.#spawn(line, this.#folder));
  }

  #spawn(line: string, folder: string): ChildProcess {
    const command = ['sh', '-c', line];
    const [file = '', ...args] = fetches.test(line) ? command : this.#network.within(command).flat();
    return spawn(file, args, {
      cwd: folder,
      env: this.#env,
      // A group of its own, so that Ctrl-C reaches all of it, as in a terminal.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

export class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  output = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => (this.output += data.toString()));
    this.#ended = new Promise((resolve) => child.once('close', resolve));
  }

  /** Waits for a text in the output; throws with the output when the command ends before. */
  async says(text: string): Promise<void> {
    await until(text, () => this.output.includes(text) || this.#child.exitCode !== null, 300_000);
    if (!this.output.includes(text)) throw new Error(`ended without ${JSON.stringify(text)}:\n${this.output}`);
  }

  /** Ctrl-C. Resolves when it has ended. */
  async stop(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, 'SIGINT');
    await this.#ended;
  }
}
