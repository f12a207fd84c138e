import { Cancellation } from '../../component/cancellation.js';
import type { SignalContext } from '../../component/define.js';
import type { Host } from '../../component/lifecycle.js';
import { turnFor } from '../../component/turn.js';
import { MetricPage } from '../../intake/scrape/metric-page.js';
import { tableWriter } from '../../intake/scrape/metric-table.js';
import type { MissingPart, Scrape, Scraped, Scraper } from '../../intake/scrape/scraper.js';
import { ClusterFacts } from './cluster-facts.js';
import { capacityMetricOf, type Config, type ExtraLabel, type MetricGroup } from './config.js';
import { DirectKubelet } from './kubelet/direct-kubelet.js';
import type { Kubelet } from './kubelet/kubelet.js';
import { ProxiedKubelet } from './kubelet/proxied-kubelet.js';
import {
  readSummary,
  type ContainerStats,
  type NetworkStats,
  type NodeStats,
  type PodStats,
  type RunningStats,
  type StatsSummary,
  type VolumeStats,
} from './kubelet/summary.js';
import { CpuRates } from './metrics/cpu-rates.js';
import type { ContainerReading, NodeReading, PodReading, RunningReading } from './metrics/readings.js';
import { writeResource } from './metrics/resource.js';
import { containerTable, nodeTable, podTable, systemContainerTable, volumeTable } from './metrics/tables.js';
import { PodList } from './pods/pod-list.js';
import { attributesOfSource, claimOf, type VolumeAttributes } from './pods/volume-source.js';

const scope = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/kubeletstatsreceiver';
/** Off: the kubelet's own figure of the CPU usage. */
const rateGate = 'receiver.kubeletstats.cpuUsageScrapeBased';

/** The work of one resource, in units of `turnFor`: a dozen metrics. */
const workPerResource = 20_000;

/** The surroundings of the receiver. */
export interface KubeletWorld {
  readonly env: NodeJS.ProcessEnv;
  /** The files of the service account; by default those of the container. */
  readonly folder?: string;
}

/** Asks a kubelet for its figures, and makes metrics of them. */
export class StatsScraper implements Scraper {
  readonly name = 'kubelet_stats';
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #world: KubeletWorld;
  readonly #groups: ReadonlySet<MetricGroup>;
  readonly #extra: ReadonlySet<ExtraLabel>;
  readonly #needsPods: boolean;
  readonly #page: MetricPage;
  readonly #rates: CpuRates = new CpuRates();
  readonly #nodeWriter: (reading: NodeReading) => void;
  readonly #systemContainerWriter: (reading: RunningReading) => void;
  readonly #podWriter: (reading: PodReading) => void;
  readonly #containerWriter: (reading: ContainerReading) => void;
  readonly #volumeWriter: (reading: VolumeStats) => void;
  #resource: Readonly<Record<string, string>> = {};
  #kubelet: Kubelet | undefined;
  #facts: ClusterFacts | undefined;
  #missing = 0;
  #problem: Error | undefined;

  constructor(config: Config, context: SignalContext, world: KubeletWorld) {
    this.#config = config;
    this.#context = context;
    this.#world = world;
    this.#groups = new Set(config.metric_groups);
    this.#extra = new Set(config.extra_metadata_labels);
    this.#needsPods =
      this.#extra.size > 0 ||
      Object.entries(config.metrics).some(
        ([name, { enabled }]) => enabled && /_(?:limit|request)_utilization$/.test(name),
      );
    this.#page = new MetricPage((builder) => {
      writeResource(builder, this.#resource, config.resource_attributes);
      builder.scope(scope, context.buildInfo.version);
    });
    const { metrics } = config;
    this.#nodeWriter = tableWriter(nodeTable, metrics, this.#page);
    this.#systemContainerWriter = tableWriter(systemContainerTable, metrics, this.#page);
    this.#podWriter = tableWriter(podTable, metrics, this.#page);
    this.#containerWriter = tableWriter(containerTable, metrics, this.#page);
    this.#volumeWriter = tableWriter(volumeTable, metrics, this.#page);
  }

  /** Throws when certificates, the token or the kubeconfig cannot be read. */
  async start(host: Host): Promise<void> {
    const { auth_type, k8s_api_config, node } = this.#config;
    const { env, folder } = this.#world;
    this.#kubelet =
      auth_type === 'kubeConfig'
        ? new ProxiedKubelet(this.#config, this.#context, env)
        : await DirectKubelet.open(this.#config, this.#context, folder);
    const wanted = capacityMetricOf(this.#config) === undefined ? '' : node;
    try {
      if (k8s_api_config) this.#facts = new ClusterFacts(k8s_api_config, wanted, this.#context, env);
    } catch (error) {
      // The figures of the kubelet are there all the same.
      this.#context.logger.error('The API of Kubernetes cannot be read: volumes and the capacity are unknown', {
        error: (error as Error).message,
      });
      host.report({ status: 'permanent_error', error: error as Error });
    }
  }

  async shutdown(): Promise<void> {
    await this.#facts?.close();
    await this.#kubelet?.close();
  }

  async scrape(scrape: Scrape): Promise<Scraped> {
    const kubelet = this.#kubelet;
    if (!kubelet) throw new Error('not started');
    const limited = this.#limited(scrape);
    try {
      const summary = readSummary(await kubelet.get('/stats/summary', limited.signal));
      const pods = this.#needsPods ? new PodList(await kubelet.get('/pods', limited.signal)) : new PodList();
      this.#missing = 0;
      this.#problem = undefined;
      await this.#write(summary, pods, limited.signal);
    } finally {
      limited.end();
    }
    const batch = await this.#page.finish();
    return { batch, missing: this.#missingPart() };
  }

  #missingPart(): MissingPart | undefined {
    const error = this.#problem;
    return error && { error, count: this.#missing, kind: error.message };
  }

  /** The limits of the scrape; a kubelet has no longer than to the next one. */
  #limited({ signal }: Scrape): { readonly signal: Cancellation; end(): void } {
    const cancellation = new Cancellation();
    const abort = (): void => cancellation.abort(signal.cancelledBy ?? 'deadline');
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    const stop = this.#context.clock.after(this.#config.collection_interval, () => cancellation.abort('deadline'));
    return {
      signal: cancellation,
      end() {
        stop();
        signal.removeEventListener('abort', abort);
      },
    };
  }

  async #write({ node, pods }: StatsSummary, list: PodList, signal: Cancellation): Promise<void> {
    this.#page.now = this.#context.clock.unixMs();
    if (this.#groups.has('node')) this.#writeNode(node);
    for (const pod of pods) {
      await turnFor(workPerResource * (1 + pod.containers.length + pod.volumes.length));
      if (this.#groups.has('pod')) this.#writePod(pod, list);
      if (this.#groups.has('container')) for (const each of pod.containers) this.#writeContainer(pod, each, list);
      if (this.#groups.has('volume')) for (const each of pod.volumes) await this.#writeVolume(pod, each, list, signal);
    }
    this.#rates.end();
  }

  #writeNode(stats: NodeStats): void {
    const { collect_all_network_interfaces: all } = this.#config;
    this.#begin({ 'k8s.node.name': stats.name }, stats.startedMs);
    const traffic = trafficOf(stats.network, all.node);
    this.#nodeWriter({ ...this.#running('node', stats), stats, traffic });
    for (const each of stats.systemContainers) {
      this.#begin({ 'k8s.node.name': stats.name, 'k8s.node.system_container.name': each.name }, each.startedMs);
      this.#systemContainerWriter(this.#running(`system ${each.name}`, each));
    }
  }

  #writePod(stats: PodStats, list: PodList): void {
    const { collect_all_network_interfaces: all } = this.#config;
    this.#begin(podResource(stats), stats.startedMs);
    this.#podWriter({
      ...this.#running(`pod ${stats.uid}`, stats),
      stats,
      traffic: trafficOf(stats.network, all.pod),
      bounds: list.boundsOfPod(stats.uid),
      capacity: this.#capacity,
    });
  }

  #writeContainer(pod: PodStats, stats: ContainerStats, list: PodList): void {
    const { uid } = pod;
    let id: string | undefined;
    try {
      id = this.#extra.has('container.id') ? list.containerId(uid, stats.name) : undefined;
    } catch (error) {
      this.#skip('failed to fetch container metrics', { pod: pod.name, container: stats.name }, error as Error);
      return;
    }
    const own = { 'k8s.container.name': stats.name, ...(id !== undefined && { 'container.id': id }) };
    this.#begin({ ...podResource(pod), ...own }, stats.startedMs);
    this.#containerWriter({
      ...this.#running(`container ${uid} ${stats.name}`, stats),
      stats,
      bounds: list.boundsOfContainer(uid, stats.name),
      capacity: this.#capacity,
    });
  }

  async #writeVolume(pod: PodStats, stats: VolumeStats, list: PodList, signal: Cancellation): Promise<void> {
    let attributes: VolumeAttributes;
    try {
      attributes = await this.#volumeAttributes(pod, stats.name, list, signal);
    } catch (error) {
      const what = 'Failed to gather additional volume metadata. Skipping metric collection.';
      this.#skip(what, { pod: pod.name, volume: stats.name }, error as Error);
      return;
    }
    this.#begin({ ...podResource(pod), 'k8s.volume.name': stats.name, ...attributes }, undefined);
    this.#volumeWriter(stats);
  }

  async #volumeAttributes(pod: PodStats, name: string, list: PodList, signal: Cancellation): Promise<VolumeAttributes> {
    if (!this.#extra.has('k8s.volume.type')) return {};
    const volume = list.volume(pod.uid, name);
    const claim = claimOf(volume);
    const own = attributesOfSource(volume);
    if (claim === undefined || !this.#facts) return own;
    return { ...own, ...(await this.#facts.volumeOf(pod.namespace, claim, signal)) };
  }

  get #capacity(): { readonly cpu: number | undefined; readonly memory: number | undefined } {
    return this.#facts?.capacity ?? { cpu: undefined, memory: undefined };
  }

  #skip(what: string, where: Readonly<Record<string, string>>, error: Error): void {
    this.#missing++;
    this.#problem ??= new Error(`${what} (${Object.values(where).join('/')}): ${error.message}`, { cause: error });
    this.#context.logger.debug(what, { ...where, error: error.message });
  }

  /** The metrics from now on are those of another resource. `startedMs`: when its sums began. */
  #begin(resource: Readonly<Record<string, string>>, startedMs: number | undefined): void {
    this.#resource = resource;
    this.#page.next();
    this.#page.start = startedMs ?? 0;
  }

  #running(key: string, stats: RunningStats): RunningReading {
    const byRate = this.#context.gates.has(rateGate);
    const { usageNanoCores: own } = stats.cpu;
    const { startedMs } = stats;
    return {
      stats,
      cpuUsage: byRate ? this.#rates.usage(key, stats.cpu) : own === undefined ? undefined : own / 1e9,
      uptime: startedMs === undefined ? undefined : Math.max(0, Math.trunc((this.#page.now - startedMs) / 1000)),
    };
  }
}

function podResource({ uid, name, namespace }: PodStats): Readonly<Record<string, string>> {
  return { 'k8s.pod.uid': uid, 'k8s.pod.name': name, 'k8s.namespace.name': namespace };
}

function trafficOf({ usual, all }: NetworkStats, every: boolean): NetworkStats['all'] {
  return every ? all : [usual];
}
