import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import dns from 'node:dns/promises';
import { until } from './program.js';

/** The answers of a name server for `backends.test`. */
export type Zone = readonly string[] | 'NXDOMAIN' | 'no addresses' | 'REFUSED' | 'silence';

/** A real dnsmasq on loopback, started anew for every zone. */
export class Dnsmasq {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(port: number, zone: Zone): Promise<Dnsmasq> {
    const server = new Dnsmasq(port, await mkdtemp(path.join(tmpdir(), 'kanmon-dns-')));
    await server.serve(zone);
    return server;
  }

  async serve(zone: Zone): Promise<void> {
    if (zone === 'silence') {
      this.#process?.kill('SIGSTOP');
      return;
    }
    await this.#end();
    const hosts = path.join(this.#folder, 'hosts');
    await writeFile(hosts, Array.isArray(zone) ? zone.map((address) => `${address} backends.test\n`).join('') : '');
    const says: Record<string, string[]> = {
      NXDOMAIN: ['--local=/test/'],
      'no addresses': ['--local=/test/', '--txt-record=backends.test,nobody'],
      REFUSED: [],
    };
    this.#process = spawn(
      'dnsmasq',
      [
        ...[
          '--keep-in-foreground',
          '--conf-file=/dev/null',
          '--no-resolv',
          '--no-hosts',
          '--pid-file=',
          `--port=${this.port}`,
        ],
        ...[
          '--listen-address=127.0.0.1',
          '--bind-interfaces',
          `--addn-hosts=${hosts}`,
          `--user=${process.env['USER'] ?? 'root'}`,
        ],
        ...(typeof zone === 'string' ? (says[zone] ?? []) : ['--local=/test/']),
      ],
      { stdio: 'ignore' },
    );
    const resolver = new dns.Resolver({ timeout: 200, tries: 1 });
    resolver.setServers([`127.0.0.1:${this.port}`]);
    await until('dnsmasq to answer', async () => {
      try {
        await resolver.resolve4('backends.test');
        return true;
      } catch (error) {
        return ['ENOTFOUND', 'ENODATA', 'EREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
      }
    });
  }

  async stop(): Promise<void> {
    await this.#end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  }
}
