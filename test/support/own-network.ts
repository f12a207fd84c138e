import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { until } from './program.js';

/**
 * A network of its own, with loopback alone: documented commands run there on the ports that they name, whatever else
 * runs on the machine. Without the programs for it, or the right to, commands run in the network of the machine.
 */
export class OwnNetwork {
  readonly #holder: ChildProcess | undefined;
  readonly #enter: readonly string[];

  private constructor(holder: ChildProcess | undefined, enter: readonly string[]) {
    this.#holder = holder;
    this.#enter = enter;
  }

  static async open(): Promise<OwnNetwork> {
    const asRoot = process.getuid?.() === 0;
    const flags = asRoot ? ['--net'] : ['--user', '--map-root-user', '--net'];
    const up = 'ip link set lo up 2>/dev/null || ifconfig lo up';
    if (spawnSync('unshare', [...flags, 'sh', '-c', up]).status !== 0) return new OwnNetwork(undefined, []);
    const holder = spawn('unshare', [...flags, 'sh', '-c', `(${up}) && echo up && exec sleep infinity`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    holder.stdout.on('data', (data: Buffer) => (said += data.toString()));
    await until('a network of its own', () => said.includes('up'));
    const join = asRoot ? ['--net'] : ['--user', '--preserve-credentials', '--net'];
    return new OwnNetwork(holder, ['nsenter', '--target', String(holder.pid), ...join, '--']);
  }

  /** A command line that runs in this network. */
  within(command: readonly string[]): readonly [string, string[]] {
    const [file = '', ...args] = [...this.#enter, ...command];
    return [file, args];
  }

  close(): void {
    this.#holder?.kill('SIGKILL');
  }
}
