import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Clock } from '../../component/clock.js';
import { apiList, apiText, type ApiJson } from '../json.js';
import { AccessError } from './access-error.js';

/** How long the helper may take, milliseconds. */
const longestRunMs = 60_000;
/** Bytes of its output. */
const mostOutput = 1 << 20;
/** Credentials are replaced this long before their end, milliseconds. */
const aheadMs = 10_000;

interface Credentials {
  readonly token: string | undefined;
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
  /** `Clock.unixMs()`; undefined: as long as the server takes them. */
  readonly endsAt: number | undefined;
}

/**
 * Credentials that a program prints (`users[].user.exec` of a kubeconfig): an `ExecCredential` of
 * client.authentication.k8s.io, kept until shortly before it ends.
 */
export class ExecCredentials {
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  readonly #clock: Clock;
  #known: Credentials | undefined;
  #running: Promise<Credentials> | undefined;

  constructor(
    exec: ApiJson,
    folder: string,
    { env, clock }: { readonly env: NodeJS.ProcessEnv; readonly clock: Clock },
  ) {
    const command = apiText(exec, 'command') ?? '';
    if (command === '') throw new AccessError('`exec` of the kubeconfig names no command', 'Give `command: NAME`');
    // With a slash it is a path, which counts from the kubeconfig; without one it is looked for in PATH.
    this.#command = command.includes('/') ? path.resolve(folder, command) : command;
    this.#args = apiList(exec, 'args').filter((arg) => typeof arg === 'string');
    const own = apiList(exec, 'env').flatMap((entry) => {
      const name = apiText(entry, 'name');
      return name === undefined ? [] : [[name, apiText(entry, 'value') ?? '']];
    });
    const apiVersion = apiText(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1';
    const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
    this.#env = { ...env, ...Object.fromEntries(own), KUBERNETES_EXEC_INFO: info };
    this.#clock = clock;
  }

  /** The client certificate that it printed last. */
  get certificate(): Credentials['certificate'] {
    return this.#known?.certificate;
  }

  /** Runs the program when there is nothing that is still valid. Rejects with `AccessError`. */
  async current(): Promise<Credentials> {
    const known = this.#known;
    if (known && (known.endsAt === undefined || known.endsAt - aheadMs > this.#clock.unixMs())) return known;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return (this.#known = await this.#running);
  }

  forget(): void {
    this.#known = undefined;
  }

  async #run(): Promise<Credentials> {
    const output = await this.#output();
    let printed: ApiJson;
    try {
      printed = JSON.parse(output);
    } catch {
      throw new AccessError(
        `${this.#command} printed no JSON`,
        'It must print an ExecCredential on its standard output',
      );
    }
    const token = apiText(printed, 'status', 'token');
    const certificate = apiText(printed, 'status', 'clientCertificateData');
    const key = apiText(printed, 'status', 'clientKeyData');
    const pair = certificate === undefined || key === undefined ? undefined : { certificate, key };
    if (token === undefined && !pair)
      throw new AccessError(
        `${this.#command} printed neither a token nor a certificate with its key`,
        'It must print an ExecCredential with a `status` on its standard output',
      );
    const ends = Date.parse(apiText(printed, 'status', 'expirationTimestamp') ?? '');
    return { token, certificate: pair, endsAt: Number.isNaN(ends) ? undefined : ends };
  }

  #output(): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        child.kill('SIGKILL');
        reject(new AccessError(`${this.#command}: ${why}`, 'Run it by hand to see what it says'));
      };
      const child = spawn(this.#command, this.#args, { env: this.#env, stdio: ['ignore', 'pipe', 'ignore'] });
      const stop = this.#clock.after(longestRunMs, () => fail(`no output within ${longestRunMs / 1000} s`));
      const pieces: Buffer[] = [];
      let size = 0;
      child.stdout.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > mostOutput) fail(`more than ${mostOutput} bytes of output`);
        else pieces.push(piece);
      });
      child.once('error', (error: NodeJS.ErrnoException) => {
        stop();
        fail(error.code === 'ENOENT' ? 'no such program' : error.message);
      });
      child.once('close', (code, signal) => {
        stop();
        if (code === 0) resolve(Buffer.concat(pieces).toString('utf8'));
        else fail(code === null ? `ended by ${signal}` : `ended with ${code}`);
      });
    });
  }
}
