import { afterEach, expect } from 'vitest';
import {
  isKubernetesSdConfig,
  kubernetesSdConfigs,
  sdRoles,
} from '../../src/receivers/prometheus/options/kubernetes.js';
import { apiAccess } from '../../src/receivers/prometheus/discovery/kubernetes/access.js';
import { KubernetesDiscovery } from '../../src/receivers/prometheus/discovery/kubernetes/kubernetes.js';
import type { TargetGroup } from '../../src/receivers/prometheus/target/target.js';
import { heldWorld } from '../support/held-world.js';
import { KubernetesApi } from '../support/kubernetes-api.js';
import { openShop, podAt } from '../support/kubernetes-shop.js';
import { testWith } from '../support/peers.js';
import { Prometheus } from '../support/prometheus.js';
import { until } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Labels that versions after 2.42 have added, and those that are of the scrape. */
const notCompared =
  /^(job|__scheme__|__metrics_path__|__scrape_.*)$|endpointslice_(endpoint_(zone|node_name|conditions_(serving|terminating))|annotation|label|name)|endpoints_annotation|service_loadbalancer_ip/;

function comparable(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => !notCompared.test(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

testWith('prometheus')(
  'the real Prometheus finds the same targets with the same labels in the same cluster',
  { timeout: 120_000 },
  async () => {
    const api = new KubernetesApi(false);
    const server = `http://127.0.0.1:${await api.listen()}`;
    stops.push(() => api.close());
    openShop(api);
    const attached = (role: string): string =>
      ['pod', 'endpoints', 'endpointslice'].includes(role) ? ', attach_metadata: {node: true}' : '';
    const jobs = sdRoles.map(
      (role) =>
        `  - job_name: ${role}\n    kubernetes_sd_configs: [{role: ${role}, api_server: '${server}'${attached(role)}}]\n` +
        // Targets that are alike after relabelling are one.
        `    relabel_configs: [{action: labelmap, regex: '__meta_(.+)'}]\n`,
    );
    const peer = await Prometheus.start(`scrape_configs:\n${jobs.join('')}`);
    stops.push(() => peer.stop());
    const world = heldWorld({ signal: 'metrics' });
    const ours = new Map<string, readonly TargetGroup[]>();
    for (const role of sdRoles) {
      const node = attached(role) !== '';
      const [config] = kubernetesSdConfigs().parse([{ role, api_server: server, attach_metadata: { node } }]);
      if (!config || !isKubernetesSdConfig(config)) throw new Error(role);
      const discovery = new KubernetesDiscovery(config, apiAccess(config, world.context), world.context);
      stops.push(() => discovery.stop());
      discovery.start((groups) => ours.set(role, groups));
    }
    const mine = (role: string): string[] =>
      (ours.get(role) ?? [])
        .flatMap(({ targets, labels }) => targets.map((address) => comparable({ ...labels, __address__: address })))
        .toSorted();
    const theirs = async (role: string): Promise<string[]> =>
      (await peer.discovered(role)).map((labels) => comparable(labels)).toSorted();
    const same = async (): Promise<void> => {
      await until('the same targets', async () => {
        await world.clock.pass(1000);
        for (const role of sdRoles)
          if (mine(role).length === 0 || mine(role).join() !== (await theirs(role)).join()) return false;
        return true;
      }).catch(() => {});
      for (const role of sdRoles) expect([role, ...mine(role)]).toEqual([role, ...(await theirs(role))]);
    };
    await same();
    expect(sdRoles.map((role) => mine(role).length)).toEqual([2, 12, 3, 7, 7, 4]);
    api.put('pods', podAt('web-2', '10.0.0.2', { meta: { labels: { app: 'new' } } }));
    api.remove('services', 'far', 'shop');
    api.remove('nodes', 'n2');
    await same();
    expect(sdRoles.map((role) => mine(role).length)).toEqual([1, 12, 2, 7, 7, 4]);
  },
);
