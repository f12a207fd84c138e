import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { freePorts, until } from './program.js';
import type { SimulatedHost } from './simulated-hosts.js';

/** One series of an answer: its labels, and its newest value at the time that was asked about. */
export interface Answer {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A value that stays as the text that Prometheus wrote, with its time in seconds. */
export type RawSample = readonly [time: number, value: string];

const started = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/** A real Prometheus (Debian's package) of its own data, on a free port of loopback. */
export class Prometheus {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #log = '';

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
    started.add(child);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => (this.#log += data.toString()));
  }

  /** Starts it with a configuration in YAML, for instance of what it scrapes; `host`: on that one. */
  static async start(yaml = '', host?: SimulatedHost): Promise<Prometheus> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-prometheus-'));
    const file = path.join(folder, 'prometheus.yaml');
    fs.writeFileSync(file, yaml);
    const [port = 0] = await freePorts(1);
    const command = [
      'prometheus',
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--enable-feature=exemplar-storage,native-histograms',
      '--log.level=debug',
    ];
    const [start = '', ...args] = (host?.within(command) ?? [command]).flat();
    const child = spawn(start, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
    const prometheus = new Prometheus((await host?.reach(port)) ?? port, child, folder);
    await until('Prometheus', async () => (await prometheus.#get('/-/ready').catch(() => undefined))?.status === 200);
    return prometheus;
  }

  get writeUrl(): string {
    return `http://127.0.0.1:${this.port}/api/v1/write`;
  }

  /** All that it has logged. */
  get log(): string {
    return this.#log;
  }

  /** Lines of the log about samples that it did not take: out of order, too old, or twice for one time. */
  get refusedSamples(): string[] {
    return this.#log
      .split('\n')
      .filter((line) => /out of order|out-of-order|out of bounds|duplicate sample|too old/i.test(line));
  }

  /** The series that a query selects now. */
  async query(text: string): Promise<Answer[]> {
    const { result } = (await this.#api(`/api/v1/query?query=${encodeURIComponent(text)}`)) as {
      result: { metric: Record<string, string>; value: RawSample }[];
    };
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** All samples of the series that a selector selects, of the last hour. */
  async samples(selector: string): Promise<{ metric: Readonly<Record<string, string>>; values: RawSample[] }[]> {
    const { result } = (await this.#api(`/api/v1/query?query=${encodeURIComponent(`${selector}[1h]`)}`)) as {
      result: { metric: Record<string, string>; values: RawSample[] }[];
    };
    return result;
  }

  /** The answer to any other request of the API. */
  async #api(url: string): Promise<unknown> {
    const { body } = await this.#get(url);
    const answer = JSON.parse(body) as { status: string; error?: string; data: unknown };
    if (answer.status !== 'success') throw new Error(`${url}: ${answer.error}`);
    return answer.data;
  }

  async exemplars(selector: string): Promise<readonly { exemplars: readonly { labels: Record<string, string> }[] }[]> {
    const hour = 3600;
    const now = Date.now() / 1000;
    const range = `&start=${now - hour}&end=${now + hour}`;
    return (await this.#api(`/api/v1/query_exemplars?query=${encodeURIComponent(selector)}${range}`)) as never;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGTERM');
    await ended;
    started.delete(this.#child);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  #get(url: string): Promise<{ status: number | undefined; body: string }> {
    return new Promise((resolve, reject) => {
      http
        .get({ host: '127.0.0.1', port: this.port, path: url }, (response) => {
          let body = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => (body += part));
          response.on('end', () => resolve({ status: response.statusCode, body }));
        })
        .on('error', reject);
    });
  }
}
