import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { heldWorld } from '../../../../../test/support/held-world.js';
import { KubernetesApi } from '../../../../../test/support/kubernetes-api.js';
import { openShop, podAt } from '../../../../../test/support/kubernetes-shop.js';
import { isKubernetesSdConfig, kubernetesSdConfigs, sdRoles } from '../../options/kubernetes.js';
import type { TargetGroup } from '../../target/target.js';
import { apiAccess } from './access.js';
import { KubernetesDiscovery } from './kubernetes.js';

type Found = Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;

/** The targets that Prometheus found, see test/recorded/kubernetes_sd/README.md. */
const folder = path.resolve(import.meta.dirname, '../../../../../test/recorded/kubernetes_sd');
/** A program that prints what Prometheus finds with the configurations that it is given: makes the recording anew. */
const recorder = process.env['KANMON_PROMETHEUS_SD'];

const configs: Readonly<Record<string, object>> = {
  ...Object.fromEntries(sdRoles.map((role) => [role, { role }])),
  ...Object.fromEntries(
    sdRoles.map((role) => [
      `${role}, everything attached`,
      { role, attach_metadata: { node: true, namespace: true, deployment: true, job: true, cronjob: true } },
    ]),
  ),
  'pod, one namespace and a selector': {
    role: 'pod',
    namespaces: { names: ['shop'] },
    selectors: [{ role: 'pod', label: 'app=web', field: 'spec.nodeName=n1' }],
  },
  'pod, nodes of a zone': {
    role: 'pod',
    attach_metadata: { node: true },
    selectors: [{ role: 'node', label: 'zone=a' }],
  },
};

const changes: Readonly<Record<string, (api: KubernetesApi) => void>> = {
  opened: openShop,
  changed(api) {
    api.put('pods', podAt('web-2', '10.0.0.2', { meta: { labels: { app: 'new' } } }));
    api.remove('pods', 'web-1', 'shop');
    api.remove('services', 'web', 'shop');
    api.remove('nodes', 'n2');
    api.remove('replicasets', 'web-5f', 'shop');
  },
};

async function recorded(state: string, server: string): Promise<Found> {
  const file = path.join(folder, `${state}.json`);
  if (recorder !== undefined) {
    const given = Object.fromEntries(
      Object.entries(configs).map(([name, config]) => [name, { ...config, api_server: server }]),
    );
    const run = promisify(execFile)(recorder, ['8s'], { maxBuffer: 1 << 24 });
    run.child.stdin?.end(stringify(given));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, (await run).stdout);
  }
  return JSON.parse(fs.readFileSync(file, 'utf8')) as Found;
}

const sorted = (targets: readonly Readonly<Record<string, string>>[]): object[] =>
  targets
    .map((labels) => Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

test('targets and labels are those of Prometheus', async () => {
  const api = new KubernetesApi(false);
  const server = `http://127.0.0.1:${await api.listen()}`;
  const world = heldWorld({ signal: 'metrics' });
  const found = new Map<string, readonly TargetGroup[]>();
  const discoveries = Object.entries(configs).map(([name, options]) => {
    const [config] = kubernetesSdConfigs().parse([{ ...options, api_server: server }]);
    if (!config || !isKubernetesSdConfig(config)) throw new Error(name);
    const discovery = new KubernetesDiscovery(config, apiAccess(config, world.context), world.context);
    discovery.start((groups) => found.set(name, groups));
    return discovery;
  });
  try {
    for (const [state, change] of Object.entries(changes)) {
      change(api);
      const theirs = await recorded(state, server);
      for (const name of Object.keys(configs)) {
        const ours = (): object[] =>
          sorted(
            (found.get(name) ?? []).flatMap(({ targets, labels }) =>
              targets.map((address) => ({ ...labels, __address__: address })),
            ),
          );
        await expect
          .poll(async () => {
            await world.clock.pass(1000);
            return { state, name, targets: ours() };
          })
          .toEqual({ state, name, targets: sorted(theirs[name] ?? []) });
      }
    }
  } finally {
    for (const discovery of discoveries) await discovery.stop();
    await api.close();
  }
});
