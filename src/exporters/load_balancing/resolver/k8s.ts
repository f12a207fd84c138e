import type { SignalContext } from '../../../component/define.js';
import type { StatusEvent } from '../../../component/status.js';
import type { AccessConfig } from '../../../kubernetes/access/access.js';
import { ownNamespace } from '../../../kubernetes/access/in-cluster.js';
import { Cluster, type ObjectReading } from '../../../kubernetes/cluster.js';
import { apiValue, apiList, apiText, type ApiJson } from '../../../kubernetes/json.js';
import { endpointSlices } from '../../../kubernetes/resource.js';
import type { Subscriber } from '../../../kubernetes/watcher.js';
import type { K8sResolverConfig } from '../config.js';
import { resolutions } from '../telemetry.js';
import { sorted, type Resolver, type Use } from './resolver.js';
import { readServiceName } from './service-name.js';

/**
 * The ready endpoints of a service, from its EndpointSlices as they change. While the API cannot be read, and when no
 * endpoint is ready, the last list stays in use (docs/differences.md#no-endpoint-is-ready).
 */
export class K8sResolver implements Resolver, Subscriber {
  readonly name = 'k8s';
  readonly #config: K8sResolverConfig;
  readonly #context: SignalContext;
  readonly #env: NodeJS.ProcessEnv;
  /** Endpoints of each slice. */
  readonly #slices: Map<string, readonly string[]> = new Map();
  #place = { service: '', namespace: '' };
  #cluster: Cluster | undefined;
  #reading: ObjectReading | undefined;
  #use: Use = () => Promise.resolve();
  #report: (event: StatusEvent) => void = () => {};
  #last: string | undefined;
  /** The uses of lists, one after the other. */
  #using: Promise<void> = Promise.resolve();
  #started: (() => void) | undefined;
  #confirmed: { readonly kind: 'now' } | { readonly kind: 'at'; readonly ms: number | undefined };
  #stopped = false;

  constructor(config: K8sResolverConfig, context: SignalContext, env: NodeJS.ProcessEnv = process.env) {
    this.#config = config;
    this.#context = context;
    this.#env = env;
    this.#confirmed = { kind: 'at', ms: undefined };
  }

  get confirmedAt(): number | undefined {
    return this.#confirmed.kind === 'now' ? this.#context.clock.now() : this.#confirmed.ms;
  }

  async start(use: Use, report: (event: StatusEvent) => void): Promise<void> {
    const { clock, logger } = this.#context;
    this.#use = use;
    this.#report = report;
    const access = accessIn(this.#env);
    this.#cluster = new Cluster(access, this.#context, this.#env);
    const { service = '', namespace } = readServiceName(this.#config.service) ?? {};
    this.#place = {
      service,
      namespace: namespace ?? ownNamespace({ env: this.#env, clock, logger }) ?? 'default',
    };
    const first = new Promise<void>((resolve) => (this.#started = resolve));
    this.#reading = this.#cluster.read(
      {
        resource: endpointSlices,
        namespace: this.#place.namespace,
        labels: `kubernetes.io/service-name=${service}`,
        fields: '',
      },
      this,
      { timeoutSeconds: Math.max(1, this.#config.timeout / 1000) },
    );
    await first;
    await this.#using;
  }

  stop(): void {
    this.#stopped = true;
    // A start that still waits for the API ends.
    this.#started?.();
    const cluster = this.#cluster;
    void this.#reading?.release().then(() => cluster?.close());
  }

  upsert(uid: string, slice: ApiJson): void {
    this.#slices.set(uid, this.#endpointsOf(slice));
    if (this.#confirmed.kind === 'now') this.#changed();
  }

  remove(uid: string): void {
    this.#slices.delete(uid);
    if (this.#confirmed.kind === 'now') this.#changed();
  }

  synced(): void {
    this.#confirmed = { kind: 'now' };
    this.#count(true);
    this.#report({ status: 'ok' });
    this.#changed();
    this.#started?.();
  }

  failed(error: Error): void {
    if (this.#confirmed.kind === 'now') this.#confirmed = { kind: 'at', ms: this.#context.clock.now() };
    this.#count(false);
    const { service, namespace } = this.#place;
    this.#context.logger.warn('failed to resolve', { error: error.message, service, namespace });
    this.#report({ status: 'recoverable_error', error });
    this.#started?.();
  }

  #count(success: boolean): void {
    this.#context.meter.counter(resolutions, { resolver: this.name, success }).add(1);
  }

  #changed(): void {
    const endpoints = sorted([...new Set([...this.#slices.values()].flat())]);
    const list = endpoints.join(' ');
    if (this.#stopped || list === this.#last) return;
    if (endpoints.length === 0) {
      if (this.#last !== undefined)
        this.#context.logger.warn('No endpoint of the service is ready; the last backends stay in use', this.#place);
      return;
    }
    this.#last = list;
    this.#using = this.#using.then(() => (this.#stopped ? undefined : this.#use(endpoints)));
  }

  #endpointsOf(slice: ApiJson): readonly string[] {
    const { ports, return_hostnames } = this.#config;
    const { service, namespace } = this.#place;
    return apiList(slice, 'endpoints').flatMap((endpoint) => {
      // Absent means ready; one that ends is not ready.
      if (apiValue(endpoint, 'conditions', 'ready') === false) return [];
      const hostname = apiText(endpoint, 'hostname');
      const hosts = return_hostnames
        ? hostname === undefined
          ? []
          : [`${hostname}.${service}.${namespace}`]
        : apiList(endpoint, 'addresses').filter((address) => typeof address === 'string');
      return hosts.flatMap((host) => {
        if (ports.length === 0) return [host];
        return ports.map((port) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`));
      });
    });
  }
}

/** In a pod its service account, elsewhere the kubeconfig. */
function accessIn(env: NodeJS.ProcessEnv): AccessConfig {
  const inPod = (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '';
  return { auth_type: inPod ? 'serviceAccount' : 'kubeConfig', kube_config_path: '', context: '' };
}
