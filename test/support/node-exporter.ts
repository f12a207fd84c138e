import { spawn, type ChildProcess } from 'node:child_process';
import http from 'node:http';
import { freePorts, until } from './program.js';

const started = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

function page(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path: '/metrics' }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

/** A real node_exporter (Debian's prometheus-node-exporter) of this host, on a free port of loopback. */
export class NodeExporter {
  readonly #port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.#port = port;
    this.#child = child;
    started.add(child);
  }

  /** Starts it, with all devices and mounts and these further collectors. */
  static async start(...collectors: readonly string[]): Promise<NodeExporter> {
    const [port] = (await freePorts(1)) as [number];
    const child = spawn(
      'prometheus-node-exporter',
      [
        `--web.listen-address=127.0.0.1:${port}`,
        '--collector.diskstats.device-exclude=^$',
        '--collector.filesystem.mount-points-exclude=^$',
        '--collector.filesystem.fs-types-exclude=^$',
        ...collectors.map((name) => `--collector.${name}`),
      ],
      { stdio: 'ignore' },
    );
    const exporter = new NodeExporter(port, child);
    await until('the page of node_exporter', () =>
      page(port).then(
        (text) => text.includes('node_load1'),
        () => false,
      ),
    );
    return exporter;
  }

  /** Its series now, by name and labels as it writes them: `node_cpu_seconds_total{cpu="0",mode="user"}`. */
  async series(): Promise<ReadonlyMap<string, number>> {
    const lines = (await page(this.#port)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const end = line.lastIndexOf(' ');
        return [line.slice(0, end), Number(line.slice(end + 1))] as const;
      }),
    );
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await gone;
    started.delete(this.#child);
  }
}
