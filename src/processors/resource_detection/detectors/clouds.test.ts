import { afterEach, describe, expect, test } from 'vitest';
import { Cancellation } from '../../../component/cancellation.js';
import { DetectorWorld, type DetectorWorldOptions } from '../../../../test/support/detector-world.js';
import type { MetadataAnswer, MetadataRoutes } from '../../../../test/support/metadata-server.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function world(name: string, options: DetectorWorldOptions = {}): Promise<DetectorWorld> {
  const made = await DetectorWorld.of(name, options);
  stops.push(() => made.stop());
  return made;
}

/** A detector whose platform has one metadata service. */
interface Cloud {
  readonly routes: MetadataRoutes;
  readonly found: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** AttributeSwitches that are off by default. */
  readonly on?: readonly string[];
  readonly options?: object;
  /** Headers that a request must have. */
  readonly sent?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The first question, by whose answer the platform is known. */
  readonly first: string;
}

const azureMachine = {
  location: 'westeurope',
  name: 'vm-1',
  vmId: '02aab8a4',
  vmSize: 'Standard_A3',
  subscriptionId: '8d10da13',
  resourceGroupName: 'MC_group_cluster_westeurope',
  vmScaleSetName: 'set',
  zone: '2',
  osProfile: { computerName: 'computer' },
  tagsList: [
    { name: 'team', value: 'core' },
    { name: 'other', value: 'x' },
  ],
};

const clouds: Readonly<Record<string, Cloud>> = {
  azure: {
    first: 'GET /metadata/instance/compute?api-version=2020-09-01&format=json',
    routes: { 'GET /metadata/instance/compute': { body: azureMachine } },
    sent: { 'GET /metadata/instance/compute?api-version=2020-09-01&format=json': { metadata: 'True' } },
    on: ['cloud.availability_zone'],
    options: { tags: ['^team$'] },
    found: {
      'cloud.provider': 'azure',
      'cloud.platform': 'azure_vm',
      'cloud.region': 'westeurope',
      'cloud.account.id': '8d10da13',
      'cloud.availability_zone': '2',
      'host.id': '02aab8a4',
      'host.name': 'computer',
      'azure.vm.name': 'vm-1',
      'azure.vm.size': 'Standard_A3',
      'azure.vm.scaleset.name': 'set',
      'azure.resourcegroup.name': 'MC_group_cluster_westeurope',
      'azure.tags.team': 'core',
    },
  },
  aks: {
    first: 'GET /metadata/instance/compute?api-version=2020-09-01&format=json',
    env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    routes: { 'GET /metadata/instance/compute': { body: azureMachine } },
    on: ['k8s.cluster.name'],
    found: { 'cloud.provider': 'azure', 'cloud.platform': 'azure_aks', 'k8s.cluster.name': 'cluster' },
  },
  hetzner: {
    first: 'GET /hetzner/v1/metadata/hostname',
    routes: {
      'GET /hetzner/v1/metadata/hostname': 'my-server\n',
      'GET /hetzner/v1/metadata/instance-id': '42',
      'GET /hetzner/v1/metadata/region': 'eu-central',
      'GET /hetzner/v1/metadata/availability-zone': 'fsn1-dc14',
    },
    on: ['cloud.platform'],
    found: {
      'cloud.provider': 'hetzner',
      'cloud.platform': 'hetzner.cloud_server',
      'cloud.region': 'eu-central',
      'cloud.availability_zone': 'fsn1-dc14',
      'host.id': '42',
      'host.name': 'my-server',
    },
  },
  akamai: {
    first: 'PUT /v1/token',
    routes: {
      'PUT /v1/token': 'abc123',
      'GET /v1/instance': {
        body: {
          id: 12345678,
          label: 'my-linode',
          region: 'us-east',
          type: 'g6-standard-2',
          account_euuid: 'ABCD',
          image: { id: 'linode/ubuntu22.04', label: 'Ubuntu 22.04 LTS' },
        },
      },
    },
    sent: {
      'PUT /v1/token': { 'metadata-token-expiry-seconds': '3600' },
      'GET /v1/instance': { 'metadata-token': 'abc123', accept: 'application/json' },
    },
    found: {
      'cloud.provider': 'akamai_cloud',
      'cloud.platform': 'akamai_cloud.compute',
      'cloud.account.id': 'ABCD',
      'cloud.region': 'us-east',
      'host.id': '12345678',
      'host.image.id': 'linode/ubuntu22.04',
      'host.image.name': 'Ubuntu 22.04 LTS',
      'host.name': 'my-linode',
      'host.type': 'g6-standard-2',
    },
  },
  scaleway: {
    first: 'GET /conf?format=json',
    routes: {
      'GET /conf?format=json': {
        body: {
          id: 'id-1',
          name: 'scw',
          commercial_type: 'DEV1-S',
          organization: 'org',
          location: { zone_id: 'fr-par-1' },
          image: { id: 'img', name: 'Debian' },
        },
      },
    },
    found: {
      'cloud.provider': 'scaleway_cloud',
      'cloud.platform': 'scaleway_cloud_compute',
      'cloud.account.id': 'org',
      'cloud.availability_zone': 'fr-par-1',
      'cloud.region': 'fr-par',
      'host.id': 'id-1',
      'host.image.id': 'img',
      'host.image.name': 'Debian',
      'host.name': 'scw',
      'host.type': 'DEV1-S',
    },
  },
  upcloud: {
    first: 'GET /metadata/v1.json',
    routes: {
      'GET /metadata/v1.json': {
        body: { cloud_name: 'upcloud', hostname: 'up-1', instance_id: '00ff', region: 'fi-hel1' },
      },
    },
    found: { 'cloud.provider': 'upcloud', 'cloud.region': 'fi-hel1', 'host.id': '00ff', 'host.name': 'up-1' },
  },
  vultr: {
    first: 'GET /v1.json',
    routes: {
      'GET /v1.json': {
        body: { hostname: 'v-1', instanceid: '1', 'instance-v2-id': 'uuid', region: { regioncode: 'EWR' } },
      },
    },
    on: ['cloud.platform'],
    found: {
      'cloud.provider': 'vultr',
      'cloud.platform': 'vultr.cloud_compute',
      'cloud.region': 'ewr',
      'host.id': 'uuid',
      'host.name': 'v-1',
    },
  },
  digitalocean: {
    first: 'GET /metadata/v1.json',
    routes: { 'GET /metadata/v1.json': { body: { droplet_id: 2756294, hostname: 'droplet', region: 'nyc3' } } },
    found: {
      'cloud.provider': 'digitalocean',
      'cloud.region': 'nyc3',
      'host.id': '2756294',
      'host.name': 'droplet',
    },
  },
  nova: {
    first: 'GET /openstack/latest/meta_data.json',
    routes: {
      'GET /openstack/latest/meta_data.json': {
        body: {
          uuid: 'u-1',
          hostname: 'nova-1',
          project_id: 'p-1',
          availability_zone: 'az1',
          meta: { team: 'core', role: 'web' },
        },
      },
      'GET /latest/meta-data/instance-type': 'm1.small',
    },
    options: { labels: ['^team$'] },
    found: {
      'cloud.provider': 'openstack',
      'cloud.platform': 'openstack_nova',
      'cloud.account.id': 'p-1',
      'cloud.availability_zone': 'az1',
      'host.id': 'u-1',
      'host.name': 'nova-1',
      'host.type': 'm1.small',
      'openstack.nova.meta.team': 'core',
    },
  },
  oraclecloud: {
    first: 'HEAD /opc/v2/instance/',
    routes: {
      'HEAD /opc/v2/instance/': {},
      'GET /opc/v2/instance/': {
        body: {
          id: 'ocid1.instance',
          displayName: 'oci-1',
          shape: 'VM.Standard2.1',
          canonicalRegionName: 'us-ashburn-1',
          availabilityDomain: 'AD-1',
          regionInfo: { realmKey: 'oc1' },
          metadata: { 'oke-cluster-display-name': 'oke' },
        },
      },
    },
    sent: { 'GET /opc/v2/instance/': { authorization: 'Bearer Oracle' } },
    on: ['cloud.resource_id'],
    found: {
      'cloud.provider': 'oracle_cloud',
      'cloud.platform': 'oracle_cloud_oke',
      'cloud.region': 'us-ashburn-1',
      'cloud.availability_zone': 'AD-1',
      'cloud.resource_id': 'ocid1.instance',
      'host.id': 'ocid1.instance',
      'host.name': 'oci-1',
      'host.type': 'VM.Standard2.1',
      'k8s.cluster.name': 'oke',
      'oracle_cloud.realm': 'oc1',
    },
  },
  alibaba_ecs: {
    first: 'PUT /latest/api/token',
    routes: {
      'PUT /latest/api/token': 'TOKEN',
      'GET /latest/meta-data/hostname': 'ali-1',
      'GET /latest/meta-data/image-id': 'img',
      'GET /latest/meta-data/instance-id': 'i-1',
      'GET /latest/meta-data/instance/instance-type': 'ecs.g6',
      'GET /latest/meta-data/owner-account-id': '1609',
      'GET /latest/meta-data/region-id': 'cn-hangzhou',
      'GET /latest/meta-data/zone-id': 'cn-hangzhou-i',
    },
    sent: {
      'PUT /latest/api/token': { 'x-aliyun-ecs-metadata-token-ttl-seconds': '21600' },
      'GET /latest/meta-data/zone-id': { 'x-aliyun-ecs-metadata-token': 'TOKEN' },
    },
    found: {
      'cloud.provider': 'alibaba_cloud',
      'cloud.platform': 'alibaba_cloud_ecs',
      'cloud.account.id': '1609',
      'cloud.region': 'cn-hangzhou',
      'cloud.availability_zone': 'cn-hangzhou-i',
      'host.id': 'i-1',
      'host.name': 'ali-1',
      'host.image.id': 'img',
      'host.type': 'ecs.g6',
    },
  },
  tencent_cvm: {
    first: 'GET /latest/meta-data/instance-name',
    routes: {
      'GET /latest/meta-data/instance-name': 'cvm-1',
      'GET /latest/meta-data/instance/image-id': 'img',
      'GET /latest/meta-data/instance-id': 'ins-1',
      'GET /latest/meta-data/instance/instance-type': 'S5',
      'GET /latest/meta-data/app-id': '1234',
      'GET /latest/meta-data/placement/region': 'ap-guangzhou',
      'GET /latest/meta-data/placement/zone': 'ap-guangzhou-3',
    },
    found: {
      'cloud.provider': 'tencent_cloud',
      'cloud.platform': 'tencent_cloud_cvm',
      'cloud.account.id': '1234',
      'cloud.region': 'ap-guangzhou',
      'cloud.availability_zone': 'ap-guangzhou-3',
      'host.id': 'ins-1',
      'host.name': 'cvm-1',
      'host.image.id': 'img',
      'host.type': 'S5',
    },
  },
  ibmcloud_vpc: {
    first: 'PUT /identity/v1/token?version=2026-01-30',
    routes: {
      'PUT /identity/v1/token': { body: { access_token: 'TOKEN', expires_in: 300 } },
      'GET /metadata/v1/instance': {
        body: {
          id: '0717_1',
          crn: 'crn:v1:bluemix:public:is:us-south-1:a/123456::instance:0717_1',
          name: 'ibm-1',
          profile: { name: 'bx2-2x8' },
          zone: { name: 'us-south-1' },
          image: { id: 'r006', name: 'ibm-debian' },
        },
      },
    },
    sent: {
      'PUT /identity/v1/token?version=2026-01-30': { 'metadata-flavor': 'ibm' },
      'GET /metadata/v1/instance?version=2026-01-30': { authorization: 'Bearer TOKEN' },
    },
    found: {
      'cloud.provider': 'ibm_cloud',
      'cloud.platform': 'ibm_cloud.vpc',
      'cloud.region': 'us-south',
      'cloud.availability_zone': 'us-south-1',
      'cloud.account.id': '123456',
      'cloud.resource_id': 'crn:v1:bluemix:public:is:us-south-1:a/123456::instance:0717_1',
      'host.id': '0717_1',
      'host.image.id': 'r006',
      'host.image.name': 'ibm-debian',
      'host.name': 'ibm-1',
      'host.type': 'bx2-2x8',
    },
  },
  ibmcloud_classic: {
    first: 'GET /rest/v3.1/SoftLayer_Resource_Metadata/getId.txt',
    routes: Object.fromEntries(
      [
        ['getId', '1 '],
        ['getHostname', 'classic'],
        ['getDatacenter', 'dal13'],
        ['getAccountId', '99'],
        ['getGlobalIdentifier', 'uuid'],
      ].map(([method = '', value = '']) => [`GET /rest/v3.1/SoftLayer_Resource_Metadata/${method}.txt`, value]),
    ),
    found: {
      'cloud.provider': 'ibm_cloud',
      'cloud.platform': 'ibm_cloud.classic',
      'cloud.account.id': '99',
      'cloud.availability_zone': 'dal13',
      'cloud.resource_id': 'uuid',
      'host.id': '1',
      'host.name': 'classic',
    },
  },
};

const wrong: Readonly<Record<string, MetadataAnswer>> = {
  'answers 404': { status: 404 },
  'answers 500': { status: 500, body: 'x' },
  'sends more than a mebibyte': 'x'.repeat((1 << 20) + 1),
  'sends elsewhere': { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
  lies: '<html>\n<body>Log in</body></html>',
};

describe.each(Object.entries(clouds))(
  '%s',
  (name, { routes, found, env = {}, on = [], options = {}, sent = {}, first }) => {
    const switched = { resource_attributes: Object.fromEntries(on.map((each) => [each, { enabled: true }])) };
    const given = { options: { ...options, ...switched }, env };

    test('finds all', async () => {
      const made = await world(name, { ...given, routes });
      expect(await made.attributes()).toEqual(found);
      expect(made.server.lines[0]).toBe(first);
      for (const [line, headers] of Object.entries(sent))
        expect(made.server.asked.find((each) => each.line === line)?.headers).toMatchObject(headers);
    });

    test('leaves out what is off by default', async () => {
      const made = await world(name, { env, options, routes });
      const attributes = (await made.attributes()) ?? {};
      for (const each of on) expect(attributes).not.toHaveProperty([each]);
      expect(Object.keys(attributes)).toHaveLength(Object.keys(found).length - on.length);
    });

    test.each(Object.entries(wrong))(
      'is absent where a server %s, and a failure where that is asked for',
      async (_how, answer) => {
        // The first answer may have no body, or be a token: the others answer the same.
        const broken = Object.fromEntries([...Object.keys(routes), first].map((line) => [line, answer]));
        const absent = await world(name, { ...given, routes: broken });
        // A service that has been found is there.
        if (first.startsWith('HEAD') && typeof answer === 'string') {
          expect(await absent.detect()).toBeTypeOf('string');
          return;
        }
        expect(await absent.detect()).toMatchObject({ kind: 'absent' });
        const failing = await world(name, { ...given, routes: broken, failOnMissing: true });
        expect(await failing.detect()).toEqual(expect.stringContaining('unavailable'));
      },
    );

    test('is absent where a server never answers', async () => {
      const made = await world(name, { ...given, routes: { '*': 'hang' } });
      const attempt = new Cancellation();
      const detected = made.detect(attempt);
      await expect.poll(() => made.server.lines).toContain(first);
      attempt.abort('deadline');
      expect(await detected).toMatchObject({ kind: 'absent' });
    });

    test('is absent where nobody listens', async () => {
      const made = await world(name, { ...given, routes });
      await made.server.stop();
      expect(await made.detect()).toMatchObject({ kind: 'absent' });
      stops.pop();
    });
  },
);

test('a cluster of AKS is named by its resource group', async () => {
  const { clusterName } = await import('./aks.js');
  expect(clusterName('MC_my-group_my-cluster_eastus')).toBe('my-cluster');
  expect(clusterName('mc_g_c_l')).toBe('c');
  expect(clusterName('MC_a_b_c_d')).toBe('MC_a_b_c_d');
  expect(clusterName('own-group')).toBe('own-group');
});

test('hetzner: what is missing is asked for again', async () => {
  const routes = { 'GET /hetzner/v1/metadata/hostname': 'my-server', 'GET /hetzner/v1/metadata/region': 'eu' };
  const made = await world('hetzner', { routes });
  expect(await made.detect()).toMatchObject({ kind: 'found', incomplete: { message: expect.stringMatching(/404/) } });
});
