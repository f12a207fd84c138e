import { Cancellation } from '../../component/cancellation.js';
import { ConfigValueError } from '../../component/config-value-error.js';
import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { ReceiverEntry } from '../../intake/receiver-entry.js';
import type { Config } from './config.js';
import { staticDiscovery, type Discovery } from './discovery/discovery.js';
import { FileDiscovery } from './discovery/file.js';
import { HttpDiscovery } from './discovery/http.js';
import { apiAccess } from './discovery/kubernetes/access.js';
import { KubernetesDiscovery } from './discovery/kubernetes/kubernetes.js';
import { jobsOfFiles } from './options/files.js';
import { isKubernetesSdConfig } from './options/kubernetes.js';
import { jobSettings, type JobSettings } from './options/settings.js';
import { promDuration } from './options/units.js';
import { CredentialedClient } from './target/client.js';
import { Departed } from './target/departed.js';
import type { LoopContext, TargetLoop } from './target/loop.js';
import { JobPool } from './target/pool.js';

/** How long what is known of the targets waits for the receiver of the next configuration, milliseconds. */
const leftMs = 60_000;

/** The state that a receiver leaves for the one in its place. */
interface Left {
  readonly loops: readonly TargetLoop[];
}

/** Scrapes the targets of all jobs (docs/spec/agent.md#prometheus-receiver). */
export class PrometheusReceiver implements Receiver {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #settings: readonly JobSettings[];
  readonly #shared: LoopContext;
  readonly #departed: Departed;
  #pools: readonly JobPool[] = [];
  #ending: Promise<void> | undefined;

  /** Throws a `ConfigValueError` for a fault in one of `scrape_config_files`. */
  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    const { global, scrape_configs: own, scrape_config_files: files } = config.config;
    const jobs = [...own, ...jobsOfFiles(files)];
    const names = new Set<string>();
    for (const job of jobs) {
      if (names.has(job.job_name))
        throw new ConfigValueError(`found multiple scrape configs with job name ${JSON.stringify(job.job_name)}`, [
          'config',
          'scrape_config_files',
        ]);
      names.add(job.job_name);
    }
    this.#settings = jobs.map((job) => jobSettings(job, global, config.report_extra_scrape_metrics));
    this.#shared = {
      context,
      entry: new ReceiverEntry(context, next),
      trimSuffixes: config.trim_metric_suffixes,
      offsetMs: config.initial_scrape_offset,
      over: new Cancellation(),
    };
    this.#departed = new Departed(context.clock);
  }

  async start(): Promise<void> {
    const left = this.#context.succession.take<Left>(this.#place);
    for (const loop of left?.loops ?? []) {
      loop.moveTo(this.#shared);
      this.#departed.add(loop);
    }
    this.#pools = await Promise.all(this.#settings.map((settings) => this.#pool(settings)));
    for (const pool of this.#pools) pool.start();
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  get #place(): string {
    return `receiver ${this.#context.id} ${this.#context.signal}`;
  }

  async #end(deadline: AbortSignal): Promise<void> {
    const last = this.#config.scrape_on_shutdown;
    const over = (): void => this.#shared.over.abort('drain');
    if (deadline.aborted) over();
    else deadline.addEventListener('abort', over, { once: true });
    const stopped = await Promise.all(this.#pools.map((pool) => pool.stop(deadline, last)));
    const loops = [...stopped.flat(), ...(await this.#departed.stop(deadline))].filter(({ isIdle }) => isIdle);
    if (loops.length === 0) return;
    const { succession, clock } = this.#context;
    const withdraw = succession.leaveBehind(this.#place, { loops } satisfies Left);
    clock.after(leftMs, () => {
      if (withdraw()) for (const loop of loops) loop.handOver();
    });
  }

  async #pool(settings: JobSettings): Promise<JobPool> {
    const { config } = settings;
    const { clock, logger } = this.#context;
    const discoveries: Discovery[] = [];
    if (config.static_configs.length > 0) discoveries.push(staticDiscovery(config.static_configs));
    for (const { files, refresh_interval } of config.file_sd_configs)
      discoveries.push(new FileDiscovery(files, promDuration(refresh_interval) ?? 0, clock, logger));
    for (const http of config.http_sd_configs) {
      const client = await CredentialedClient.open(http, this.#context);
      const refreshMs = promDuration(http.refresh_interval) || 60_000;
      discoveries.push(new HttpDiscovery(http.url, refreshMs, client, clock, logger));
    }
    for (const each of config.kubernetes_sd_configs.filter(isKubernetesSdConfig))
      discoveries.push(new KubernetesDiscovery(each, apiAccess(each, this.#context), this.#context));
    const client = await CredentialedClient.open(config, this.#context);
    return new JobPool(settings, client, discoveries, this.#shared, this.#departed);
  }
}
