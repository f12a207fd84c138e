import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyContext } from '../../src/component/consumer.js';
import type { Processor } from '../../src/component/define.js';
import { AccessError } from '../../src/kubernetes/access/access-error.js';
import { openAccess, type AccessConfig } from '../../src/kubernetes/access/access.js';
import { Cluster } from '../../src/kubernetes/cluster.js';
import {
  daemonSets,
  deployments,
  endpointSlices,
  events,
  jobs,
  namespaces,
  nodes,
  pods,
  replicaSets,
  statefulSets,
  type ApiResource,
} from '../../src/kubernetes/resource.js';
import type { Batch } from '../../src/otlp/batch.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { protoToJson } from '../../src/otlp/json/encode.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { definition } from '../../src/processors/k8s_attributes/index.js';
import { definition as k8sEvents } from '../../src/receivers/k8s_events/index.js';
import { pem } from '../support/certificates.js';
import { HeldClock, heldWorld } from '../support/held-world.js';
import { hostWith } from '../support/host.js';
import { KubernetesApi } from '../support/kubernetes-api.js';
import { runLogReceiver, type RunningLogReceiver } from '../support/log-receiver.js';
import { freePorts } from '../support/program.js';

const stops: (() => unknown)[] = [];
let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-access-errors-'));
  stops.push(() => fs.rmSync(folder, { recursive: true }));
});
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text, { mode: 0o700 });
  return file;
}

/** The parts that a test's kubeconfig can have wrong. */
interface Wrong {
  readonly server?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly context?: string;
}

function kubeConfig(port: number, { server, cluster = 'certificate-authority: ca.pem', user, context }: Wrong): string {
  write('ca.pem', pem('server-a.pem'));
  write('token', 'a-token');
  const url = (server ?? 'https://127.0.0.1:PORT').replace('PORT', String(port));
  return write(
    'config',
    `current-context: here
contexts: [{name: here, context: ${context ?? '{cluster: c, user: u}'}}]
clusters: [{name: c, cluster: {server: "${url}", ${cluster}}}]
users: [{name: u, user: {${user ?? 'tokenFile: token'}}}]
`,
  );
}

/** A message without what differs from run to run. */
function told(message: string, port = 0): string {
  return message.replaceAll(folder, 'FOLDER').replaceAll(String(port), 'PORT');
}

describe('nothing says how to reach the API', () => {
  const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
  const opened =
    (config: Partial<AccessConfig>, env: NodeJS.ProcessEnv = {}) =>
    () =>
      openAccess(
        { auth_type: 'serviceAccount', kube_config_path: '', context: '', ...config },
        { env, clock: heldWorld().clock, logger: heldWorld().context.logger, serviceAccountFolder: folder },
      );
  const file =
    (wrong: Wrong, context = '') =>
    () =>
      opened({ auth_type: 'kubeConfig', kube_config_path: kubeConfig(6443, wrong), context })();

  test.each<[string, () => unknown, string]>([
    [
      'no pod',
      opened({}),
      'unable to load k8s config, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined. ' +
        'Kubernetes sets both in every container; outside of a cluster use `auth_type: kubeConfig`',
    ],
    [
      'a host that is none',
      opened({}, { ...inPod, KUBERNETES_SERVICE_HOST: 'a b' }),
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no URL: "https://a b:443". Unset both ' +
        'in the container: Kubernetes sets them',
    ],
    [
      'no token',
      opened({}, inPod),
      'open FOLDER/token: no such file or directory. The pod needs a service account: set ' +
        '`serviceAccountName`, and do not set `automountServiceAccountToken: false`',
    ],
    [
      'no authority',
      () => {
        write('token', 'a-token');
        return opened({}, inPod)();
      },
      'open FOLDER/ca.crt: no such file or directory. The pod needs a service account: set ' +
        '`serviceAccountName`, and do not set `automountServiceAccountToken: false`',
    ],
    [
      'no kubeconfig',
      opened({ auth_type: 'kubeConfig', kube_config_path: '/nowhere/config' }),
      'open /nowhere/config: no such file or directory. Set `kube_config_path`, or KUBECONFIG in the environment',
    ],
    [
      'a kubeconfig that is no YAML',
      () => opened({ auth_type: 'kubeConfig', kube_config_path: write('config', 'a: [') })(),
      'FOLDER/config is no YAML: Flow sequence in block collection must be sufficiently indented and ' +
        'end with a ] at line 1, column 5:. Correct it; `kubectl config view` reads it as well',
    ],
    [
      'a context that is not there',
      file({}, 'elsewhere'),
      'context "elsewhere" is not in FOLDER/config. Set `context` to one of those that are: here',
    ],
    [
      'a cluster that is not there',
      file({ context: '{cluster: other, user: u}' }),
      'cluster "other" of context "here" is not in FOLDER/config. There are c',
    ],
    [
      'a user that is not there',
      file({ context: '{cluster: c, user: nobody}' }),
      'user "nobody" of context "here" is not in FOLDER/config. There are u',
    ],
    [
      'a server without a scheme',
      file({ server: 'api.example:6443' }),
      'the cluster in FOLDER/config has no server. Give `server: https://host:6443`',
    ],
    [
      'a token file that is missing',
      file({ user: 'tokenFile: nope' }),
      'open FOLDER/nope: no such file or directory. FOLDER/config names it',
    ],
    [
      'an authority that is missing',
      file({ cluster: 'certificate-authority: nope.pem' }),
      'open FOLDER/nope.pem: no such file or directory. FOLDER/config names it',
    ],
    [
      'a certificate that is missing',
      file({ user: 'client-certificate: nope.pem' }),
      'open FOLDER/nope.pem: no such file or directory. FOLDER/config names it',
    ],
    [
      'a program without a name',
      file({ user: 'exec: {args: [a]}' }),
      '`exec` of the kubeconfig names no command. Give `command: NAME`',
    ],
  ])('%s', (_what, act, message) => {
    let error: unknown;
    try {
      act();
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(AccessError);
    expect(told((error as Error).message)).toBe(message);
  });
});

/** The first message of a reader of `resource` beside a server. */
async function firstFailure(
  resource: ApiResource,
  prepare: (api: KubernetesApi) => void,
  wrong: Wrong = {},
  namespace = '',
  port?: number,
): Promise<string> {
  const api = new KubernetesApi(true);
  const listening = await api.listen();
  stops.push(() => api.close());
  api.token = 'a-token';
  prepare(api);
  const { context, clock } = heldWorld();
  const at = port ?? listening;
  const config: AccessConfig = { auth_type: 'kubeConfig', kube_config_path: kubeConfig(at, wrong), context: '' };
  const cluster = new Cluster(config, context, { PATH: process.env['PATH'] });
  stops.push(() => cluster.close());
  const messages: string[] = [];
  const none = (): void => {};
  const reading = cluster.read(
    { resource, namespace, labels: '', fields: '' },
    { upsert: none, remove: none, synced: none, failed: (error) => void messages.push(error.message) },
  );
  stops.push(() => reading.release());
  await expect
    .poll(async () => {
      await clock.pass(50);
      return messages.length;
    })
    .toBeGreaterThan(0);
  return told(messages[0] ?? '', at);
}

describe('the API server cannot be asked', () => {
  test.each<[string, Wrong, string]>([
    [
      'another authority',
      { cluster: 'certificate-authority: other.pem' },
      'pods: the API server at https://127.0.0.1:PORT gives no answer: self-signed certificate. Its ' +
        'certificate is not of the authority that is trusted: `ca.crt` of the service account, or ' +
        '`certificate-authority` of the kubeconfig',
    ],
    [
      'a certificate of another name',
      { cluster: 'certificate-authority: ca.pem, tls-server-name: api' },
      'pods: the API server at https://127.0.0.1:PORT gives no answer: Hostname/IP does not match ' +
        "certificate's altnames: Host: api. is not in the cert's altnames: IP Address:127.0.0.1, " +
        'DNS:localhost. Its certificate is for other names: use one of them in `server`, or set ' +
        '`tls-server-name` in the kubeconfig',
    ],
    [
      'a name that is none',
      { server: 'https://api.invalid:6443' },
      'pods: the API server at https://api.invalid:6443 gives no answer: getaddrinfo ENOTFOUND ' +
        'api.invalid. Its name has no address: `server` of the kubeconfig is wrong, or this machine does ' +
        'not know its zone',
    ],
    [
      'plain text to a port with TLS',
      { server: 'http://127.0.0.1:PORT' },
      'pods: the API server at http://127.0.0.1:PORT gives no answer: other side closed. It is asked ' +
        'in plain text, and most API servers want `https`',
    ],
    [
      'a program that is not there',
      { user: 'exec: {command: nobody-has-this}' },
      'nobody-has-this: no such program. Run it by hand to see what it says',
    ],
    [
      'a program that fails',
      { user: 'exec: {command: "false"}' },
      'false: ended with 1. Run it by hand to see what it says',
    ],
    [
      'a program that prints nothing',
      { user: 'exec: {command: "true"}' },
      'true printed no JSON. It must print an ExecCredential on its standard output',
    ],
    [
      'a program that prints no credentials',
      { user: 'exec: {command: ./helper}' },
      'FOLDER/helper printed neither a token nor a certificate with its key. It must print an ' +
        'ExecCredential with a `status` on its standard output',
    ],
    [
      'a wrong token',
      { user: 'token: of-yesterday' },
      'pods: the API server answers 401: Unauthorized. It does not know the credentials: the token has ' +
        'ended, or is of another cluster',
    ],
  ])('%s', async (_what, wrong, message) => {
    write('other.pem', pem('server-b.pem'));
    write('helper', '#!/bin/sh\necho "{}"\n');
    expect(await firstFailure(pods, () => {}, wrong)).toBe(message);
  });

  test('a port where nobody listens', async () => {
    const [port] = (await freePorts(1)) as [number];
    expect(await firstFailure(pods, () => {}, {}, '', port)).toBe(
      'pods: the API server at https://127.0.0.1:PORT gives no answer: connect ECONNREFUSED ' +
        '127.0.0.1:PORT. Nobody listens there now: it is asked again',
    );
  });
});

describe('a right is missing', () => {
  const rule = (group: string, plural: string): string =>
    `. Add this rule to the Role or ClusterRole of the service account: ` +
    `- {apiGroups: ["${group}"], resources: [${plural}], verbs: [get, list, watch]}`;

  test.each([
    pods,
    namespaces,
    nodes,
    replicaSets,
    deployments,
    statefulSets,
    daemonSets,
    jobs,
    endpointSlices,
    events,
  ])('to list $plural', async (resource) => {
    const { group, plural } = resource;
    expect(await firstFailure(resource, (api) => void api.denied.add(plural))).toBe(
      `${plural}: the API server answers 403: ${plural} is forbidden: User "system:serviceaccount:default:kanmon" ` +
        `cannot list resource "${plural}" in API group "${group}" at the cluster scope${rule(group, plural)}`,
    );
  });

  test('to watch', async () => {
    expect(await firstFailure(pods, (api) => void api.denied.add('watch pods'))).toBe(
      'pods: the API server answers 403: pods is forbidden: User "system:serviceaccount:default:kanmon" cannot watch ' +
        `resource "pods" in API group "" at the cluster scope${rule('', 'pods')}`,
    );
  });

  test('in the wrong namespace', async () => {
    expect(await firstFailure(endpointSlices, (api) => void api.denied.add('endpointslices'), {}, 'elsewhere')).toBe(
      'endpointslices: the API server answers 403: endpointslices is forbidden: User ' +
        '"system:serviceaccount:default:kanmon" cannot list resource "endpointslices" in API group ' +
        `"discovery.k8s.io" in the namespace "elsewhere"${rule('discovery.k8s.io', 'endpointslices')}`,
    );
  });
});

describe('the API server answers something else', () => {
  const fault = (status: number, body: unknown) => (api: KubernetesApi) => void (api.fault = { status, body });

  test.each<[string, ApiResource, (api: KubernetesApi) => void, string]>([
    [
      'it does not know the kind',
      { group: 'batch', version: 'v2', plural: 'jobs' },
      () => {},
      'jobs: the API server answers 404: the server could not find the requested resource. It has no ' +
        'batch/v2 jobs',
    ],
    [
      'it is starting',
      pods,
      fault(500, 'starting'),
      'pods: the API server answers 500. It is starting or has an error of its own, and is asked again: look at ' +
        'its log',
    ],
    [
      'something before it has no server',
      pods,
      fault(502, '<html>'),
      'pods: the API server answers 502. It is starting or has an error of its own, and is asked again: look at ' +
        'its log',
    ],
    [
      'it has too much to do',
      pods,
      fault(429, { message: 'Too many requests' }),
      'pods: the API server answers 429: Too many requests. It takes no more requests of this account now, and is ' +
        'asked again later: its FlowSchemas set the limit',
    ],
    [
      'it is not well',
      pods,
      fault(503, { message: 'etcd has no leader' }),
      'pods: the API server answers 503: etcd has no leader. It is not ready, or what it stores its objects in is ' +
        'not, and is asked again: look at its `/readyz`',
    ],
    [
      'it is no API server',
      pods,
      fault(200, '<html>'),
      "pods: the API server's answer is no JSON. It may be another program, or a proxy before the API server: look " +
        'at `server` and `proxy-url` of the kubeconfig, and at HTTPS_PROXY',
    ],
    [
      'a proxy sends elsewhere',
      pods,
      fault(302, ''),
      'pods: the API server answers 302. Redirects are not followed. It may be another program, or a proxy before ' +
        'the API server: look at `server` and `proxy-url` of the kubeconfig, and at HTTPS_PROXY',
    ],
    [
      'it refuses the request itself',
      pods,
      fault(400, { message: 'unable to parse requirement' }),
      'pods: the API server answers 400: unable to parse requirement',
    ],
  ])('%s', async (_what, resource, prepare, message) => {
    expect(await firstFailure(resource, prepare)).toBe(message);
  });
});

/** A processor beside a server at `port`, and what comes behind it. */
async function attributes(
  port: number,
  options: object,
): Promise<{
  readonly processor: Processor;
  readonly clock: ReturnType<typeof heldWorld>['clock'];
  readonly lines: ReturnType<typeof heldWorld>['lines'];
  podOf(address: string): Promise<unknown>;
}> {
  const { context, clock, lines } = heldWorld();
  const config = definition.config.parse({
    auth_type: 'kubeConfig',
    kube_config_path: kubeConfig(port, {}),
    watch_sync_period: 0,
    ...options,
  });
  let last: Batch | undefined;
  const processor = await definition.create(config, context, {
    consume: async (batch) => void (last = batch.own()),
  });
  stops.push(() => processor.shutdown?.(new AbortController().signal));
  return {
    ...{ processor, clock, lines },
    async podOf(address) {
      const resource = { attributes: [{ key: 'k8s.pod.ip', value: { stringValue: address } }] };
      const span = { traceId: '01'.repeat(16), spanId: '02'.repeat(8), name: 'span' };
      const json = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
      await processor.consume(validate('traces', jsonToProto('traces', Buffer.from(json))), emptyContext);
      const text = Buffer.from(protoToJson('traces', last?.bytes ?? new Uint8Array())).toString();
      return /"k8s\.pod\.name","value":\{"stringValue":"([^"]*)"/.exec(text)?.[1];
    },
  };
}

const web = {
  metadata: { name: 'web-1', namespace: 'shop', uid: 'pod-1' },
  spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'web:1' }] },
  status: { phase: 'Running', podIP: '10.0.0.1' },
};

describe('the API server is away at the start, and comes ten minutes later', () => {
  async function later(): Promise<{ readonly port: number; readonly api: KubernetesApi }> {
    const [port] = (await freePorts(1)) as [number];
    const api = new KubernetesApi(true);
    api.token = 'a-token';
    api.put('pods', web);
    stops.push(() => api.close());
    return { port, api };
  }

  test('data flows on without attributes until then', async () => {
    const { port, api } = await later();
    const { processor, clock, lines, podOf } = await attributes(port, {});
    await processor.start?.(hostWith());
    for (let minute = 0; minute < 10; minute++) {
      expect(await podOf('10.0.0.1')).toBeUndefined();
      const before = lines.length;
      await expect
        .poll(async () => {
          await clock.pass(30_000);
          return lines.length;
        })
        .toBeGreaterThan(before);
    }
    const { message, fields } = lines.at(-1) ?? {};
    expect([message, told(String(fields?.['error']), port)]).toEqual([
      'Objects of the cluster cannot be read; what is known stays',
      'pods: the API server at https://127.0.0.1:PORT gives no answer: connect ECONNREFUSED ' +
        '127.0.0.1:PORT. Nobody listens there now: it is asked again',
    ]);
    await api.listen(port);
    await expect
      .poll(async () => {
        await clock.pass(30_000);
        return podOf('10.0.0.1');
      })
      .toBe('web-1');
  });

  test('with `wait_for_metadata` the start waits, and is done when it is there', async () => {
    const { port, api } = await later();
    const { processor, clock, podOf } = await attributes(port, {
      wait_for_metadata: true,
      wait_for_metadata_timeout: '1h',
    });
    let isStarted = false;
    const starting = Promise.resolve(processor.start?.(hostWith())).then(() => (isStarted = true));
    for (let minute = 0; minute < 10; minute++) await clock.pass(60_000);
    expect(isStarted).toBe(false);
    await api.listen(port);
    await expect
      .poll(async () => {
        await clock.pass(10_000);
        return isStarted;
      })
      .toBe(true);
    await starting;
    expect(await podOf('10.0.0.1')).toBe('web-1');
  });

  test('with `wait_for_metadata` the start fails in words when it is over', async () => {
    const { port } = await later();
    const { processor, clock } = await attributes(port, { wait_for_metadata: true });
    let error: Error | undefined;
    void Promise.resolve(processor.start?.(hostWith())).catch((caught: Error) => (error = caught));
    await expect
      .poll(async () => {
        await clock.pass(10_000);
        return error?.message;
      })
      .toBe(
        'failed to wait for metadata: the API has not given all objects within `wait_for_metadata_timeout`; the log ' +
          'says what it answers',
      );
  });
});

test('a missing right does not stop data, and attributes come with it', async () => {
  const api = new KubernetesApi(true);
  const port = await api.listen();
  stops.push(() => api.close());
  api.token = 'a-token';
  api.put('pods', web);
  api.denied.add('pods');
  const { processor, clock, lines, podOf } = await attributes(port, {});
  await processor.start?.(hostWith());
  await expect
    .poll(async () => {
      await clock.pass(100);
      return lines.length;
    })
    .toBeGreaterThan(0);
  expect(await podOf('10.0.0.1')).toBeUndefined();
  api.denied.clear();
  await expect
    .poll(async () => {
      await clock.pass(10_000);
      return podOf('10.0.0.1');
    })
    .toBe('web-1');
});

test('a name that answers with something else than TLS is said in words', async () => {
  const plain = http.createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  stops.push(() => plain.close());
  const { port } = plain.address() as AddressInfo;
  expect(await firstFailure(pods, () => {}, {}, '', port)).toBe(
    'pods: the API server at https://127.0.0.1:PORT gives no answer: no TLS. What listens there does ' +
      'not speak TLS',
  );
});

describe('a receiver of events', () => {
  const backOff = {
    metadata: { name: 'web-1.17', namespace: 'shop', uid: 'event-1' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
    ...{ reason: 'BackOff', message: 'Back-off restarting failed container', type: 'Warning' },
  };
  const forbidden = (verb: string, where: string): string =>
    'events: the API server answers 403: events is forbidden: User "system:serviceaccount:default:kanmon" cannot ' +
    `${verb} resource "events" in API group "" ${where}. Add this rule to the Role or ClusterRole of the service ` +
    'account: - {apiGroups: [""], resources: [events], verbs: [get, list, watch]}';

  interface Reading {
    readonly running: RunningLogReceiver;
    /** The errors that it logged, in words that are the same in each run. */
    errors(): readonly string[];
    until(probe: () => boolean): Promise<void>;
  }

  async function reading(port: number, wrong: Wrong = {}, options: object = {}): Promise<Reading> {
    const clock = new HeldClock();
    const access = { auth_type: 'kubeConfig', kube_config_path: kubeConfig(port, wrong) };
    const running = await runLogReceiver(k8sEvents, { ...access, ...options }, { clock });
    stops.push(() => running.stop(AbortSignal.abort()));
    return {
      running,
      errors: () =>
        running.world.lines.flatMap(({ level, message, fields }) =>
          level === 'error' ? [`${message}: ${told(String(fields?.['error']), port)}`] : [],
        ),
      until: (probe) =>
        expect
          .poll(async () => {
            await clock.pass(10_000);
            return probe();
          })
          .toBe(true),
    };
  }

  async function server(): Promise<{ readonly api: KubernetesApi; readonly port: number }> {
    const api = new KubernetesApi(true);
    const port = await api.listen();
    stops.push(() => api.close());
    api.token = 'a-token';
    return { api, port };
  }

  const again = 'Objects of the cluster cannot be read; they are asked for again: ';

  test.each<[string, string, string, object, string]>([
    ['to list', 'list events', 'at the cluster scope', {}, 'list'],
    ['to watch', 'watch events', 'at the cluster scope', {}, 'watch'],
    ['in one namespace', 'events', 'in the namespace "shop"', { namespaces: ['shop'] }, 'list'],
  ])('without the right %s names the rule, and reads when it is there', async (_what, denied, where, options, verb) => {
    const { api, port } = await server();
    api.denied.add(denied);
    const { running, errors, until } = await reading(port, {}, options);
    await until(() => errors().length > 0);
    expect(errors()[0]).toBe(again + forbidden(verb, where));
    await until(() => running.reports.length > 0);
    expect(running.reports.at(-1)).toContain(`: ${forbidden(verb, where)}`);
    api.denied.clear();
    await until(() => api.watching === 1);
    api.put('events', backOff);
    await until(() => running.bodies.length > 0);
    expect(running.bodies).toEqual(['Back-off restarting failed container']);
    expect(running.reports.at(-1)).toBe('ok');
  });

  test('with a token that the server does not know says so', async () => {
    const { port } = await server();
    const { errors, until } = await reading(port, { user: 'token: of-yesterday' });
    await until(() => errors().length > 0);
    expect(errors()[0]).toBe(
      `${again}events: the API server answers 401: Unauthorized. It does not know the credentials: the token has ` +
        'ended, or is of another cluster',
    );
  });

  test('beside a server that comes ten minutes later reads from then on', async () => {
    const [port] = (await freePorts(1)) as [number];
    const api = new KubernetesApi(true);
    stops.push(() => api.close());
    api.token = 'a-token';
    const { running, errors, until } = await reading(port);
    await until(() => errors().length > 5);
    expect(new Set(errors())).toEqual(
      new Set([
        `${again}events: the API server at https://127.0.0.1:PORT gives no answer: connect ECONNREFUSED ` +
          '127.0.0.1:PORT. Nobody listens there now: it is asked again',
      ]),
    );
    await api.listen(port);
    await until(() => api.watching === 1);
    api.put('events', backOff);
    await until(() => running.bodies.length > 0);
    expect(running.bodies).toEqual(['Back-off restarting failed container']);
  });

  test('without a kubeconfig starts, and says that it reads none', async () => {
    const { running, errors } = await reading(6443, {}, { kube_config_path: '/nowhere/config' });
    const error =
      'open /nowhere/config: no such file or directory. Set `kube_config_path`, or KUBECONFIG in the environment';
    expect(errors()).toEqual([`The API cannot be reached; no events are read: ${error}`]);
    expect(running.reports).toEqual([`permanent_error: ${error}`]);
  });
});
