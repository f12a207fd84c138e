import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { faultsInUse } from '../../../test/support/faults-in-use.js';
import { HeldClock, heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { KubernetesApi } from '../../../test/support/kubernetes-api.js';
import { RequestsUnderWay } from '../../../test/support/requests-under-way.js';
import { joinElection } from '../../component/leader-election.js';
import type { Extension } from '../../component/define.js';
import { apiText, apiValue } from '../../kubernetes/json.js';
import { config } from './config.js';
import { definition } from './index.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** One process of several: `leads` is what its receiver knows. */
interface Replica {
  readonly extension: Extension;
  readonly name: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly lines: readonly { readonly message: string; readonly fields?: unknown }[];
  readonly reports: string[];
  leads: boolean;
  turns: number;
  /** Ends its receiver. */
  leave(): Promise<void>;
}

interface World {
  readonly api: KubernetesApi;
  readonly clock: HeldClock;
  replica(name: string, more?: { clock?: HeldClock; options?: object; slow?: Promise<void> }): Promise<Replica>;
  lease(): unknown;
  /** Lets time go on while no request is under way; no two may lead at once. */
  pass(ms: number, of?: HeldClock): Promise<void>;
  until(probe: () => boolean): Promise<void>;
}

async function world(): Promise<World> {
  const api = new KubernetesApi(false);
  const port = await api.listen();
  stops.push(() => api.close());
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-elector-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const clock = new HeldClock();
  const replicas: Replica[] = [];
  const underWay = new RequestsUnderWay();
  stops.push(() => underWay.stop());
  const pass = async (ms: number, of: HeldClock = clock): Promise<void> => {
    for (let left = ms; left > 0; left -= 250) {
      await of.pass(Math.min(250, left));
      await underWay.answered();
      expect(replicas.filter(({ leads }) => leads).length).toBeLessThan(2);
    }
  };
  return {
    api,
    clock,
    lease: () => api.objects('leases').find(({ metadata }) => metadata.name === 'cluster'),
    async replica(name, { clock: own = clock, options = {}, slow = Promise.resolve() } = {}) {
      const kube_config_path = path.join(folder, name);
      fs.writeFileSync(
        kube_config_path,
        `current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n` +
          `clusters: [{name: c, cluster: {server: "http://127.0.0.1:${port}"}}]\n` +
          `users: [{name: u, user: {token: ${name}}}]\n`,
      );
      const { context, metrics, lines } = heldWorld({ id: 'k8s_leader_elector' });
      const reports: string[] = [];
      const extension = await definition.create(
        config.parse({
          ...{ auth_type: 'kubeConfig', kube_config_path, lease_name: 'cluster', lease_namespace: 'default' },
          ...options,
        }),
        { ...context, kind: 'extension', clock: own },
      );
      await extension.start?.(hostWith({}, {}, reports));
      stops.push(() => extension.shutdown?.(AbortSignal.abort()));
      const host = hostWith({ elector: extension });
      const replica: Replica = {
        extension,
        name,
        metrics,
        lines,
        reports,
        leads: false,
        turns: 0,
        leave: () => left(),
      };
      const left = joinElection('elector', host, {
        lead() {
          replica.leads = true;
          replica.turns++;
        },
        async stepDown() {
          replica.leads = false;
          await slow;
        },
      });
      replicas.push(replica);
      return replica;
    },
    pass,
    async until(probe) {
      for (let steps = 0; !probe(); steps++) {
        if (steps > 1000) throw new Error('the state does not come');
        await pass(250);
      }
    },
  };
}

test('one of several leads, and writes the lease as others do', async () => {
  const { replica, until, lease, pass } = await world();
  const all = [await replica('a'), await replica('b'), await replica('c')];
  await until(() => all.some(({ leads }) => leads));
  await pass(60_000);
  const leader = all.filter(({ leads }) => leads);
  expect(leader.map(({ turns }) => turns)).toEqual([1]);
  for (const { metrics, leads } of all) expect(metrics['kanmon_leader_elector_leading']).toBe(leads ? 1 : 0);
  expect(all.reduce((sum, { turns }) => sum + turns, 0)).toBe(1);
  expect(lease()).toMatchObject({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'cluster', namespace: 'default' },
    spec: {
      holderIdentity: expect.stringContaining(os.hostname()),
      leaseDurationSeconds: 15,
      acquireTime: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      renewTime: expect.stringMatching(/\.\d{6}Z$/),
      leaseTransitions: 0,
    },
  });
});

test('a holder that dies is followed when its lease has ended', async () => {
  const { replica, until, lease, pass } = await world();
  // Its time stands still: it neither renews nor steps down.
  const frozen = new HeldClock();
  const dead = await replica('dead', { clock: frozen });
  while (!dead.leads) await pass(250, frozen);
  const next = await replica('next');
  await pass(14_000);
  expect(next.leads).toBe(false);
  // It is dead, whatever it believes.
  dead.leads = false;
  await until(() => next.leads);
  expect(apiValue(lease(), 'spec', 'leaseTransitions')).toBe(1);
  // Back again, it stops, and sees that another one leads.
  await pass(5000, frozen);
  expect(dead.lines.map(({ message }) => message).join()).toContain('The lease is lost');
  expect([dead.leads, next.leads]).toEqual([false, true]);
});

test('a holder whose API is away stops before another one begins', async () => {
  const { api, replica, until, clock, pass } = await world();
  const away = await replica('away');
  await until(() => away.leads);
  const next = await replica('next');
  await pass(5000);
  api.cutOff.add('away');
  const cutAt = clock.now();
  await until(() => !away.leads);
  expect(clock.now() - cutAt).toBeLessThanOrEqual(10_500);
  expect(next.leads).toBe(false);
  await until(() => next.leads);
  expect(away.reports.at(-1)).toContain('recoverable_error');
  api.cutOff.clear();
  await until(() => away.reports.at(-1) === 'ok');
  await pass(60_000);
  expect([away.leads, next.leads]).toEqual([false, true]);
});

test('at an orderly end the lease is given back once the receiver has stopped', async () => {
  const { replica, until, lease, clock, pass } = await world();
  let finish: () => void = () => {};
  const slow = new Promise<void>((resolve) => (finish = resolve));
  const first = await replica('first', { slow });
  await until(() => first.leads);
  const next = await replica('next');
  const leaving = first.leave();
  await pass(6000);
  // The data that it read is still on its way: the lease is renewed meanwhile.
  expect([first.leads, next.leads]).toEqual([false, false]);
  finish();
  await leaving;
  const endedAt = clock.now();
  await until(() => next.leads);
  expect(clock.now() - endedAt).toBeLessThan(5000);
  await next.leave();
  await next.extension.shutdown?.(new AbortController().signal);
  expect(apiText(lease(), 'spec', 'holderIdentity')).toBe('');
});

test('a process without a receiver takes no lease', async () => {
  const { replica, until } = await world();
  const first = await replica('first');
  await until(() => first.leads);
  await first.leave();
  const second = await replica('second');
  await until(() => second.leads);
  // A second receiver of a process that leads begins at once.
  let leads = false;
  const leave = joinElection('elector', hostWith({ elector: second.extension }), {
    lead: () => void (leads = true),
    stepDown: () => Promise.resolve(void (leads = false)),
  });
  expect(leads).toBe(true);
  await leave();
  expect([leads, second.leads]).toEqual([false, true]);
});

test('a conflict is no loss, a deleted lease is made anew', async () => {
  const { api, replica, until, pass, lease } = await world();
  const only = await replica('only');
  await until(() => only.leads);
  const object = api.objects('leases')[0];
  if (object) api.put('leases', { ...object, metadata: { ...object.metadata, labels: { by: 'kubectl' } } });
  await pass(5000);
  api.remove('leases', 'cluster', 'default');
  await pass(20_000);
  expect([only.leads, only.turns]).toEqual([true, 1]);
  expect(lease()).toBeDefined();
});

test('a missing rule is named as YAML', async () => {
  const { api, replica, until } = await world();
  api.denied.add('create leases');
  const only = await replica('only');
  await until(() => only.reports.length > 0);
  expect(only.reports[0]).toContain(
    '{apiGroups: ["coordination.k8s.io"], resources: [leases], verbs: [get, create, update]}',
  );
  api.denied.clear();
  await until(() => only.leads && only.reports.at(-1) === 'ok');
});

test('without access nothing leads, and the program runs', async () => {
  const { replica } = await world();
  const only = await replica('only', { options: { kube_config_path: '/nowhere' } });
  expect(only.reports[0]).toContain('permanent_error: open /nowhere: no such file or directory');
  await only.leave();
});

test.each<[object, string]>([
  [{}, 'lease name and namespace must be set'],
  [{ lease_name: 'a', lease_namespace: '' }, 'lease name and namespace must be set'],
  [{ lease_name: 'A b', lease_namespace: 'x' }, 'is no name of an object'],
  [{ auth_type: 'tls' }, 'invalid authType for kubernetes: tls'],
])('%j is a fault', (options, message) => {
  const parsed = config.safeParse(options);
  expect(parsed.success ? '' : parsed.error.issues.map((issue) => issue.message).join()).toContain(message);
});

test.each<[object, string]>([
  [{ lease_duration: '10s' }, 'leaseDuration must be greater than renewDeadline'],
  [{ retry_period: '9s' }, 'renewDeadline must be greater than retryPeriod*JitterFactor'],
  [{ lease_duration: '0s' }, 'leaseDuration must be greater than zero'],
  [{ renew_deadline: '-1s' }, 'renewDeadline must be greater than zero'],
  [{ retry_period: '0s' }, 'retryPeriod must be greater than zero'],
])('%j cannot run', (options, message) => {
  const found = faultsInUse(config, { lease_name: 'a', lease_namespace: 'b', ...options });
  expect(found.map((fault) => fault.message)).toEqual([message]);
});
