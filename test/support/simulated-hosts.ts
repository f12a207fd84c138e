import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'vitest';
import { testWith } from './peers.js';
import { until } from './program.js';

const program = path.join(import.meta.dirname, 'simulated-host.mjs');
const ownNamespaces = ['--net', '--uts', '--mount'] as const;
/** The network of all hosts; nothing outside of their namespaces sees it. */
const addressOf = (number: number): string => `10.9.0.${number}`;

/** `test` where this machine has these programs and allows `SimulatedHosts`, or else a skipped one that says why. */
export function testOnHosts(...programs: readonly string[]): typeof test | typeof test.skip {
  const run = testWith('ip', 'nsenter', 'setpriv', 'unshare', ...programs);
  const reason = whyNoHosts();
  if (reason === undefined) return run;
  console.log(`skipped: ${reason}`);
  return test.skip;
}

/** Why this machine does not allow namespaces; undefined: it does, or lacks the programs to find out. */
function whyNoHosts(): string | undefined {
  if (process.getuid?.() !== 0) return 'namespaces of a network need root';
  const probe = [
    ...['hostname probe', 'mount --bind /etc/hosts /etc/hosts'],
    ...['ip link add lan type bridge', 'ip link add port1 type veth peer name port2'],
  ];
  const { error, status, stderr } = spawnSync('unshare', [...ownNamespaces, 'sh', '-ec', probe.join('\n')]);
  const notFound = 127;
  if (error || status === 0 || status === notFound) return undefined;
  return `this machine does not allow namespaces with a bridge: ${stderr.toString().trim()}`;
}

/**
 * Hosts on one machine: each has a network with loopback and an address, a host name, a machine ID and a hosts file of
 * its own, and shares everything else. They are gone with the process that made them, however it ends.
 */
export class SimulatedHosts {
  readonly #folder: string = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-hosts-'));
  readonly #names: Readonly<Record<string, readonly number[]>>;
  readonly #hosts: SimulatedHost[] = [];
  readonly #network: ChildProcess;

  private constructor(names: Readonly<Record<string, readonly number[]>>, network: ChildProcess) {
    this.#names = names;
    this.#network = network;
  }

  /** `names`: what the hosts file of each host has, as the last bytes of the addresses. */
  static async open(names: Readonly<Record<string, readonly number[]>>): Promise<SimulatedHosts> {
    const bridge = 'ip link add lan type bridge && ip link set lan up && echo up && exec cat';
    return new SimulatedHosts(names, await holder(['unshare', '--net', 'sh', '-c', bridge]));
  }

  /** Adds a host; `number` is the last byte of its address. */
  async add(name: string, number: number): Promise<SimulatedHost> {
    const etc = path.join(this.#folder, name);
    const socket = path.join(this.#folder, `${name}.sock`);
    const machineId = String(number).padStart(32, '0');
    const lines = Object.entries(this.#names).flatMap(([each, numbers]) =>
      numbers.map((n) => `${addressOf(n)} ${each}`),
    );
    fs.mkdirSync(etc);
    fs.writeFileSync(path.join(etc, 'machine-id'), `${machineId}\n`);
    fs.writeFileSync(path.join(etc, 'hosts'), ['127.0.0.1 localhost', ...lines, ''].join('\n'));
    const child = await holder(['unshare', ...ownNamespaces, process.execPath, program, name, etc, socket]);
    const host = new SimulatedHost({ name, machineId, address: addressOf(number), socket, child });
    this.#hosts.push(host);
    const wire = `wire${number}`;
    run(
      ['nsenter', '--target', String(this.#network.pid), '--net', '--'],
      [`link add ${wire} type veth peer name eth0 netns ${child.pid}`, `link set ${wire} master lan up`],
    );
    run(host.within([]).flat(), [`addr add ${host.address}/24 dev eth0`, 'link set eth0 up']);
    return host;
  }

  /** Ends what still runs there. */
  async close(): Promise<void> {
    for (const host of this.#hosts) await host.close();
    await end(this.#network);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface HostParts {
  readonly name: string;
  readonly machineId: string;
  readonly address: string;
  readonly socket: string;
  readonly child: ChildProcess;
}

export class SimulatedHost {
  readonly name: string;
  readonly machineId: string;
  readonly address: string;
  readonly #socket: string;
  readonly #child: ChildProcess;
  readonly #doors: net.Server[] = [];

  constructor({ name, machineId, address, socket, child }: HostParts) {
    this.name = name;
    this.machineId = machineId;
    this.address = address;
    this.#socket = socket;
    this.#child = child;
  }

  /** The folder of /proc that shows this host's network. */
  get proc(): string {
    return `/proc/${this.#child.pid}`;
  }

  /** A command line that runs on this host. It is killed with the process that starts it. */
  within(command: readonly string[]): readonly [string, string[]] {
    const namespaces = ['--target', String(this.#child.pid), ...ownNamespaces];
    return ['nsenter', [...namespaces, '--', 'setpriv', '--pdeathsig', 'KILL', '--', ...command]];
  }

  /** A port of this machine that leads to `port` of the host's loopback. */
  async reach(port: number): Promise<number> {
    const door = net.createServer({ allowHalfOpen: true }, (near) => {
      const far = net.connect({ path: this.#socket, allowHalfOpen: true });
      far.write(`${port}\n`);
      near.pipe(far).pipe(near);
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
    });
    this.#doors.push(door);
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    return (door.address() as net.AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const door of this.#doors) door.close();
    await end(this.#child);
  }
}

/** Starts a process that holds namespaces until its stdin ends, and waits until it says that they are there. */
async function holder([file = '', ...args]: readonly string[]): Promise<ChildProcess> {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  await until('namespaces', () => said.includes('up\n') || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(`no namespaces: ${said}`);
  return child;
}

/** Runs commands of `ip` where the command line before them leads. */
function run([file = '', ...args]: readonly string[], commands: readonly string[]): void {
  for (const command of commands) {
    const { status, stderr } = spawnSync(file, [...args, 'ip', ...command.split(' ')]);
    if (status !== 0) throw new Error(`ip ${command}: ${stderr.toString()}`);
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = child.exitCode !== null || child.signalCode !== null;
  const closed = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  if (!ended) await closed;
}
