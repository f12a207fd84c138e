import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { pem } from '../../../test/support/certificates.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { KubernetesApi } from '../../../test/support/kubernetes-api.js';
import { Cluster } from '../cluster.js';
import { pods } from '../resource.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Watching {
  readonly api: KubernetesApi;
  /** UIDs of the pods that are known. */
  readonly known: Set<string>;
  readonly errors: string[];
  /** Replaces a file, and lets the time pass after which it is looked at. */
  replace(file: string, text: string): Promise<void>;
  /** Creates a pod; it is known when the watch has said so. */
  add(name: string): void;
  until(probe: () => boolean): Promise<void>;
}

/** A watch of pods that stands, of a user with a client certificate. */
async function watching(): Promise<Watching> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-rotation-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
  const write = (file: string, text: string): void => fs.writeFileSync(path.join(folder, file), text);
  const api = new KubernetesApi(true);
  const port = await api.listen();
  stops.push(() => api.close());
  api.clientName = 'client a';
  write('ca.pem', pem('server-a.pem'));
  write('client.pem', pem('client-a.pem'));
  write('client.key', pem('client-a.key'));
  write(
    'config',
    `
current-context: test
contexts: [{name: test, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:${port}", certificate-authority: ca.pem}}]
users: [{name: me, user: {client-certificate: client.pem, client-key: client.key}}]
`,
  );
  const { context, clock } = heldWorld();
  const config = { auth_type: 'kubeConfig', kube_config_path: path.join(folder, 'config'), context: '' } as const;
  const cluster = new Cluster(config, context, {});
  stops.push(() => cluster.close());
  const known = new Set<string>();
  const errors: string[] = [];
  const reading = cluster.read(
    { resource: pods, namespace: '', labels: '', fields: '' },
    {
      upsert: (uid) => void known.add(uid),
      remove: (uid) => void known.delete(uid),
      synced: () => {},
      failed: (error) => void errors.push(error.message),
    },
  );
  stops.push(() => reading.release());
  const add = (name: string): void => api.put('pods', { metadata: { name, namespace: 'shop', uid: name } });
  const until: Watching['until'] = (probe) =>
    expect
      .poll(async () => {
        await clock.pass(100);
        return probe();
      })
      .toBe(true);
  await until(() => api.watching === 1);
  add('first');
  await until(() => known.has('first'));
  const replace = async (file: string, text: string): Promise<void> => {
    write(file, text);
    await clock.pass(1000);
  };
  return { api, known, errors, replace, add, until };
}

/** Lists since the begin: one that stays alone shows that a watch went on where it was. */
const listsOf = (api: KubernetesApi): number => api.requests.filter((line) => line.includes('limit=')).length;

test('an authority that is replaced step by step while the watch runs is used without an error', async () => {
  const { api, known, errors, replace, add, until } = await watching();
  await replace('ca.pem', `${pem('server-a.pem')}${pem('server-b.pem')}`);
  add('second');
  await until(() => known.has('second'));
  api.identify('server-b');
  api.endWatches('in order');
  add('third');
  await until(() => known.has('third') && api.watching === 1);
  await replace('ca.pem', pem('server-b.pem'));
  api.endWatches('in order');
  add('fourth');
  await until(() => known.has('fourth'));
  expect(errors).toEqual([]);
  expect(listsOf(api)).toBe(1);
});

test('a server with a certificate of another authority is refused until the file has that', async () => {
  const { api, known, errors, replace, add, until } = await watching();
  api.identify('server-b');
  api.cutAll();
  add('second');
  await until(() => errors.some((message) => message.includes('is not of the authority that is trusted')));
  expect(known).toEqual(new Set(['first']));
  await replace('ca.pem', pem('server-b.pem'));
  await until(() => known.has('second'));
  expect(listsOf(api)).toBe(1);
});

test('a client certificate that is replaced while the watch runs is used from the next request on', async () => {
  const { api, known, errors, replace, add, until } = await watching();
  await replace('client.pem', pem('client-b.pem'));
  await replace('client.key', pem('client-b.key'));
  api.clientName = 'client b';
  add('second');
  await until(() => known.has('second'));
  expect(errors).toEqual([]);
  api.endWatches('in order');
  add('third');
  await until(() => known.has('third'));
  expect(listsOf(api)).toBe(1);
  expect(errors).toEqual([]);
});

test('a client certificate whose key comes later is an error until then', async () => {
  const { api, known, errors, replace, add, until } = await watching();
  await replace('client.pem', pem('client-b.pem'));
  api.clientName = 'client b';
  api.cutAll();
  add('second');
  await until(() => errors.some((message) => message.includes('key values mismatch')));
  expect(known).toEqual(new Set(['first']));
  await replace('client.key', pem('client-b.key'));
  await until(() => known.has('second'));
  expect(listsOf(api)).toBe(1);
});
