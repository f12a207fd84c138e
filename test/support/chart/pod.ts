import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pem } from '../certificates.js';
import { until } from '../program.js';
import { configOf, type PodSpec, type Probe, type Workload } from './objects.js';
import type { TemplateMap } from './template-functions.js';

const root = path.resolve(import.meta.dirname, '../../..');

/** The values that a kubelet gives a pod. */
export interface PodSurroundings {
  /** The address of the pod; all of 127.0.0.0/8 are of this machine. */
  readonly address: string;
  readonly node: string;
  /** The address of the node; 127.0.0.1 unless it is given. */
  readonly nodeAddress?: string;
  /** Folders that stand for those of the node, by their path there. */
  readonly hostPaths?: Readonly<Record<string, string>>;
  /** Port of the API server at 127.0.0.1, if there is one. */
  readonly apiPort?: number;
  readonly token?: string;
  /** Addresses of names, as cluster DNS would have them. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** A container of a rendered workload that runs as a process. */
export class RunningPod {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly #workload: Workload;
  readonly #address: string;
  readonly #folder: string;
  #log = '';
  #hookOutput = '';

  /** Starts the only container of the workload. */
  constructor(objects: readonly TemplateMap[], workload: Workload, surroundings: PodSurroundings) {
    this.#workload = workload;
    this.#address = surroundings.address;
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-pod-'));
    fs.chmodSync(this.#folder, 0o755);
    fs.mkdirSync(path.join(this.#folder, 'layers'));
    fs.writeFileSync(path.join(this.#folder, 'mounts'), this.#mounts(objects, surroundings).join(''));
    const [container] = workload.spec.template.spec.containers;
    const isRoot = process.getuid?.() === 0;
    const { runAsUser, runAsGroup } = this.#user;
    const capabilities = (container.securityContext.capabilities?.add ?? [])
      .map((each) => `,+${each.toLowerCase()}`)
      .join('');
    const command = [process.execPath, '/kanmon/dist/cli/main.js', ...container.args];
    const script = path.join(import.meta.dirname, 'container.sh');
    this.child = spawn(
      'unshare',
      [
        ...(isRoot ? [] : ['--map-root-user']),
        ...['--mount', script, this.#folder, isRoot ? `${runAsUser}:${runAsGroup}` : '', capabilities],
        ...command,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: this.#environment(surroundings) },
    );
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (data: Buffer) => (this.#log += data.toString()));
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        fs.rmSync(this.#folder, { recursive: true, force: true });
        resolve(code);
      });
    });
  }

  get log(): string {
    return this.#log;
  }

  /** The output of the preStop hook. */
  get hookOutput(): string {
    return this.#hookOutput;
  }

  /** The status that a probe gets, 0 without an answer. */
  async probe(name: 'livenessProbe' | 'readinessProbe' | 'startupProbe'): Promise<number> {
    const { httpGet }: Probe = this.#workload.spec.template.spec.containers[0][name];
    const reply = await fetch(`http://${this.#address}:${httpGet.port}${httpGet.path}`).catch(() => undefined);
    await reply?.arrayBuffer();
    return reply?.status ?? 0;
  }

  /** Resolves when it has started; throws with its log when it ends before. */
  async started(): Promise<void> {
    await until(
      'the startup probe',
      async () => this.child.exitCode !== null || (await this.probe('startupProbe')) === 200,
    );
    if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}:\n${this.#log}`);
  }

  /**
   * Ends it as a kubelet does: the preStop hook, SIGTERM, and SIGKILL after the grace period of both. The exit code;
   * null: it was killed.
   */
  async stop(): Promise<number | null> {
    // real time: the grace period is what this is about.
    const killing = setTimeout(
      () => this.child.kill('SIGKILL'),
      this.#workload.spec.template.spec.terminationGracePeriodSeconds * 1000,
    );
    const hook = this.#workload.spec.template.spec.containers[0].lifecycle?.preStop?.exec.command;
    if (hook) await this.#runHook(hook);
    this.child.kill('SIGTERM');
    const code = await this.ended;
    clearTimeout(killing);
    return code;
  }

  /** Runs a command in the container, as its user. */
  async #runHook(command: readonly string[]): Promise<void> {
    const into = ['--target', String(this.child.pid), '--mount', '--root', '--wd'];
    const isRoot = process.getuid?.() === 0;
    const { runAsUser, runAsGroup } = this.#user;
    const as = isRoot
      ? ['--setuid', String(runAsUser), '--setgid', String(runAsGroup)]
      : ['--user', '--preserve-credentials'];
    const hook = spawn('nsenter', [...into, ...as, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [hook.stdout, hook.stderr])
      stream.on('data', (data: Buffer) => (this.#hookOutput += data.toString()));
    const [code] = (await once(hook, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the preStop hook ended with ${code}:\n${this.#hookOutput}`);
  }

  /** Of the container, or else of the pod. */
  get #user(): Pick<PodSpec['securityContext'], 'runAsUser' | 'runAsGroup'> {
    const { securityContext, containers } = this.#workload.spec.template.spec;
    return { ...securityContext, ...containers[0].securityContext };
  }

  #environment({ address, node, nodeAddress = '127.0.0.1', apiPort }: PodSurroundings): NodeJS.ProcessEnv {
    const { name, namespace } = this.#workload.metadata;
    const fields: Readonly<Record<string, string>> = {
      'status.podIP': address,
      'status.hostIP': nodeAddress,
      'spec.nodeName': node,
      'metadata.name': `${name}-0`,
      'metadata.namespace': namespace,
    };
    const [container] = this.#workload.spec.template.spec.containers;
    const own = container.env.map(({ name: variable, valueFrom }) => {
      const value = fields[valueFrom.fieldRef.fieldPath];
      if (value === undefined) throw new Error(`no value of ${valueFrom.fieldRef.fieldPath}`);
      return [variable, value];
    });
    return {
      PATH: process.env['PATH'],
      ...Object.fromEntries(own),
      // Kubernetes sets these in every container.
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(apiPort ?? 1),
    };
  }

  #mounts(objects: readonly TemplateMap[], { hosts = {}, hostPaths = {}, token }: PodSurroundings): string[] {
    const { spec } = this.#workload.spec.template;
    const [container] = spec.containers;
    const named = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
    this.#write('hosts', `127.0.0.1 localhost\n${named.join('')}`);
    const mounts = [`${root} /kanmon ro\n`, `${this.#folder}/hosts /etc/hosts ro\n`];
    if (spec.automountServiceAccountToken) {
      const account = '/var/run/secrets/kubernetes.io/serviceaccount';
      this.#write('account/token', token ?? '');
      this.#write('account/ca.crt', pem('server-a.pem'));
      this.#write('account/namespace', this.#workload.metadata.namespace);
      mounts.push(`${this.#folder}/account ${account.replace('/var/run', '/run')} ro\n`);
    }
    for (const { name, mountPath, readOnly } of container.volumeMounts) {
      const volume = spec.volumes.find((each) => each.name === name);
      for (const { key, path: file } of volume?.configMap?.items ?? [])
        this.#write(`${name}/${file}`, configOf(objects, volume?.configMap?.name ?? '', key));
      const ofNode = volume?.hostPath?.path;
      const folder = ofNode === undefined ? path.join(this.#folder, name) : hostPaths[ofNode];
      if (folder === undefined) throw new Error(`no folder for ${ofNode} of the node`);
      fs.mkdirSync(folder, { recursive: true });
      // As a volume that the kubelet has given to `fsGroup`.
      if (readOnly !== true && ofNode === undefined) fs.chmodSync(folder, 0o777);
      mounts.push(`${folder} ${mountPath} ${readOnly === true ? 'ro' : 'rw'}\n`);
    }
    return mounts;
  }

  #write(name: string, text: string): void {
    const file = path.join(this.#folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}
