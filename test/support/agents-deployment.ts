import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { JsonFiles } from './json-files.js';
import { readLedger, sum } from './ledger.js';
import { Prometheus } from './prometheus.js';
import { startProgram, until, type Program } from './program.js';
import { SimulatedHosts, type SimulatedHost } from './simulated-hosts.js';

const examples = path.resolve(import.meta.dirname, '../../examples');
const read = (file: string): string => fs.readFileSync(path.join(examples, file), 'utf8');

/** The last bytes of the addresses. */
const places = {
  agents: { 'web-1': 11, 'web-2': 12 },
  balancer: 20,
  gateways: { 'gateway-1': 21, 'gateway-2': 22 },
  tier2: { 'tier-2-a': 31, 'tier-2-b': 32 },
  monitor: 40,
} as const;

/** Ports of own metrics, which the examples have. */
const metricsPort = { agent: 8888, gateway: 8889, tier2: 8890 };

interface Running {
  program: Program;
  /** Leads to its own metrics. */
  readonly metrics: number;
}

/** An agent, its host and the folder of its log files. */
export interface Agent extends Running {
  readonly host: SimulatedHost;
  readonly logs: string;
  start(): Promise<void>;
}

/** All of examples/agents, each program on a host of its own: only addresses and intervals are changed. */
export class AgentsDeployment {
  readonly #hosts: SimulatedHosts;
  readonly #folder: string = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-agents-'));
  readonly #stops: (() => Promise<unknown>)[] = [];
  readonly agents: Agent[] = [];
  readonly gateways: Running[] = [];
  readonly tier2: Running[] = [];
  /** The data that the second tier has written. */
  readonly arrived: JsonFiles;
  #prometheus: Prometheus | undefined;

  private constructor(hosts: SimulatedHosts) {
    this.#hosts = hosts;
    const names = Object.keys(places.tier2).flatMap((name) => [`${name}/logs.json`, `${name}/traces.json`]);
    this.arrived = new JsonFiles(names.map((name) => path.join(this.#folder, name)));
  }

  static async start(): Promise<AgentsDeployment> {
    const names = { gateways: [places.balancer], 'tier-2': Object.values(places.tier2) };
    const deployment = new AgentsDeployment(await SimulatedHosts.open(names));
    try {
      await deployment.#startAll();
    } catch (error) {
      await deployment.close();
      throw error;
    }
    return deployment;
  }

  get prometheus(): Prometheus {
    if (!this.#prometheus) throw new Error('there is no Prometheus yet');
    return this.#prometheus;
  }

  /** Runs the application on the host of an agent; resolves with its exit code. */
  runApplication({ host }: Agent, env: Readonly<Record<string, string>>): Promise<number | null> {
    const command = [process.execPath, path.join(import.meta.dirname, 'sdk-application.mjs')];
    const [file, args] = host.within(command);
    const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] });
    return new Promise((resolve) => child.once('close', resolve));
  }

  /** Waits until these programs hold no log records, and reads what has arrived; by default all of them. */
  async settle(programs: readonly Running[] = [...this.agents, ...this.gateways, ...this.tier2]): Promise<void> {
    await until('log records to be in files', async () => (await this.held(programs)) === 0);
    this.arrived.read();
  }

  /** Log records that these programs hold; not a number while one of them does not answer. */
  async held(programs: readonly Running[]): Promise<number> {
    const held = await Promise.all(
      programs.map(async ({ metrics }) => {
        const ledger = await readLedger(metrics).catch(() => undefined);
        return ledger ? sum(ledger, 'kanmon_ledger_held', { signal: 'logs' }) : Number.NaN;
      }),
    );
    return held.reduce((all, one) => all + one, 0);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
    await this.#hosts.close();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  async #startAll(): Promise<void> {
    const tier2 = await this.#add(places.tier2);
    const gateways = await this.#add(places.gateways);
    const agents = await this.#add(places.agents);
    const starts = await Promise.allSettled([
      ...tier2.map(async (host, i) => {
        const env = { LISTEN: host.address, FOLDER: path.join(this.#folder, host.name), DECISION_WAIT: '1s' };
        this.tier2[i] = await this.#run(host, 'tier-2.yaml', env, metricsPort.tier2);
      }),
      ...gateways.map(async (host, i) => {
        const env = { LISTEN: host.address, TIER_2: 'tier-2' };
        this.gateways[i] = await this.#run(host, 'gateway.yaml', env, metricsPort.gateway);
      }),
      ...agents.map(async (host, i) => {
        this.agents[i] = await this.#startAgent(host);
      }),
      this.#startNginx(gateways),
      this.#startPrometheus(tier2),
    ]);
    // Only now nothing starts any more behind a fault.
    const failed = starts.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Adds hosts to the network. */
  #add(named: Readonly<Record<string, number>>): Promise<SimulatedHost[]> {
    return Promise.all(Object.entries(named).map(([name, number]) => this.#hosts.add(name, number)));
  }

  async #startAgent(host: SimulatedHost): Promise<Agent> {
    const logs = path.join(this.#folder, host.name, 'logs');
    fs.mkdirSync(logs, { recursive: true });
    const env = {
      GATEWAY: 'gateways:4317',
      STATE: path.join(this.#folder, host.name, 'state'),
      LOGS: logs,
      INTERVAL: '1s',
    };
    const running = await this.#run(host, 'agent.yaml', env, metricsPort.agent);
    const agent: Agent = {
      ...running,
      host,
      logs,
      start: async () => void (agent.program = await this.#program(host, 'agent.yaml', env)),
    };
    return agent;
  }

  async #startPrometheus(scraped: readonly SimulatedHost[]): Promise<void> {
    const monitor = await this.#hosts.add('monitor', places.monitor);
    const yaml = read('agents/prometheus.yml')
      .replace("'localhost:9464'", scraped.map(({ address }) => `'${address}:9464'`).join(', '))
      .replace('scrape_interval: 15s', 'scrape_interval: 1s');
    const prometheus = (this.#prometheus = await Prometheus.start(yaml, monitor));
    this.#stops.push(() => prometheus.stop());
  }

  async #run(host: SimulatedHost, file: string, env: Record<string, string>, port: number): Promise<Running> {
    return { program: await this.#program(host, file, env), metrics: await host.reach(port) };
  }

  async #program(host: SimulatedHost, file: string, env: Record<string, string>): Promise<Program> {
    const program = await startProgram(read(`agents/${file}`), { env, within: (command) => host.within(command) });
    this.#stops.push(() => program.stop('SIGKILL'));
    return program;
  }

  async #startNginx(gateways: readonly SimulatedHost[]): Promise<void> {
    const balancer = await this.#hosts.add('balancer', places.balancer);
    let conf = read('nginx/nginx.conf');
    for (const [i, { address }] of gateways.entries())
      for (const port of ['14317', '14318'])
        conf = conf.replace(`server 127.0.0.1:${Number(port) + i * 10_000} `, `server ${address}:${port} `);
    conf = conf.replaceAll('listen 127.0.0.1:', `listen ${balancer.address}:`);
    const folder = path.join(this.#folder, 'nginx');
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'nginx.conf'), conf);
    const [file, args] = balancer.within(['nginx', '-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;']);
    const nginx = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const gone = new Promise((resolve) => nginx.once('exit', resolve));
    this.#stops.push(async () => {
      nginx.kill('SIGTERM');
      await gone;
    });
    await until('nginx to listen', () => fs.existsSync(path.join(folder, 'nginx.pid')));
  }
}
