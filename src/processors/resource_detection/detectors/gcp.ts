import type { CancelSignal } from '../../../component/cancellation.js';
import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind, type DetectorServices } from '../detection/detector.js';
import { GoogleMetadata, lastPart, regionOfZone } from '../gcp/metadata-server.js';
import { platformOf } from '../gcp/platform.js';
import { MetadataDocument } from '../../../metadata/document.js';
import { nameMatcher, namePatterns } from '../metadata/matching.js';

const on = [
  'cloud.account.id',
  'cloud.availability_zone',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'faas.instance',
  'faas.name',
  'faas.version',
  'gcp.cloud_run.job.execution',
  'gcp.cloud_run.job.task_index',
  'gcp.gce.instance_group_manager.name',
  'gcp.gce.instance_group_manager.region',
  'gcp.gce.instance_group_manager.zone',
  'host.id',
  'host.name',
  'host.type',
  'k8s.cluster.name',
] as const;
const off = ['gcp.gce.instance.hostname', 'gcp.gce.instance.name'] as const;
type GcpAttribute = (typeof on)[number] | (typeof off)[number];

export interface GcpOptions extends Switched<GcpAttribute> {
  readonly labels: readonly string[];
}

/** Google Cloud: Compute Engine, Kubernetes Engine, Cloud Run, Cloud Functions, App Engine, Bare Metal Solution. */
export const gcp: DetectorKind<GcpOptions> = {
  config: group<GcpOptions>({
    labels: namePatterns('labels of the instance'),
    resource_attributes: switches(on, off),
  }),
  create(options, services) {
    const { env, failOnMissing } = services;
    const metadata = new GoogleMetadata(services);
    return {
      async detect(signal) {
        const found = new FoundAttributes(options).set('cloud.provider', 'gcp');
        if (isBareMetal(env)) return bareMetal(found, env).found();
        try {
          await metadata.probe(signal);
        } catch (error) {
          return unavailable('the metadata server of Google Cloud', error, failOnMissing);
        }
        const reading = new Reading(found, metadata, signal);
        await reading.set('cloud.account.id', 'project/project-id');
        await reading.part(() => platform(reading, services, metadata, signal));
        if (options.labels.length > 0)
          await reading.part(async () => {
            const matches = nameMatcher(options.labels);
            for (const [name, value] of await labelsOf(services, metadata, signal))
              if (matches(name)) found.add(`gcp.gce.instance.labels.${name}`, value);
          });
        return found.found(undefined, reading.fault);
      },
    };
  },
};

/** Reads values one by one: what the server does not have is left out, and a failure of one stops no other. */
class Reading {
  readonly found: FoundAttributes<GcpAttribute>;
  readonly #metadata: GoogleMetadata;
  readonly #signal: CancelSignal;
  /** The first failure. */
  fault: Error | undefined;

  constructor(found: FoundAttributes<GcpAttribute>, metadata: GoogleMetadata, signal: CancelSignal) {
    this.found = found;
    this.#metadata = metadata;
    this.#signal = signal;
  }

  async part(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      this.fault ??= error as Error;
    }
  }

  /** Sets an attribute that is wanted to the value at a path, or a part of that. */
  set(name: GcpAttribute, path: string, of: (value: string) => string | undefined = (value) => value): Promise<void> {
    return this.read([name], path, (value) => void this.found.set(name, of(value)));
  }

  /** Reads the value at a path for those of the attributes that are wanted. */
  async read(names: readonly GcpAttribute[], path: string, use: (value: string) => void): Promise<void> {
    if (!this.found.wants(...names)) return;
    await this.part(async () => {
      const value = await this.#metadata.value(path, this.#signal);
      if (value !== undefined) use(value);
    });
  }
}

async function platform(
  reading: Reading,
  { env }: DetectorServices,
  metadata: GoogleMetadata,
  signal: CancelSignal,
): Promise<void> {
  const { found } = reading;
  const faas = async (name: string | undefined, version: string | undefined): Promise<void> => {
    found.set('faas.name', name).set('faas.version', version);
    await reading.set('faas.instance', 'instance/id');
    await reading.set('cloud.region', 'instance/region', lastPart);
  };
  const zoneAndRegion = (): Promise<void> =>
    reading.read(['cloud.availability_zone', 'cloud.region'], 'instance/zone', (path) => {
      const zone = lastPart(path);
      found.set('cloud.availability_zone', zone).set('cloud.region', regionOfZone(zone));
    });

  switch (await platformOf(env, metadata, signal)) {
    case 'kubernetes-engine':
      found.set('cloud.platform', 'gcp_kubernetes_engine');
      await reading.read(['cloud.availability_zone', 'cloud.region'], 'instance/attributes/cluster-location', (at) => {
        // A zone has two hyphens, a region one.
        found.set(at.split('-').length > 2 ? 'cloud.availability_zone' : 'cloud.region', at);
      });
      await reading.set('k8s.cluster.name', 'instance/attributes/cluster-name');
      await reading.set('host.id', 'instance/id');
      await reading.set('host.name', 'instance/name');
      return;
    case 'cloud-functions':
      found.set('cloud.platform', 'gcp_cloud_functions');
      return faas(env['K_SERVICE'], env['K_REVISION']);
    case 'cloud-run':
      found.set('cloud.platform', 'gcp_cloud_run');
      return faas(env['K_SERVICE'], env['K_REVISION']);
    case 'cloud-run-worker-pool':
      found.set('cloud.platform', 'gcp_cloud_run');
      return faas(env['CLOUD_RUN_WORKER_POOL'], env['CLOUD_RUN_WORKER_POOL_REVISION'] ?? env['K_REVISION']);
    case 'cloud-run-job':
      found
        .set('cloud.platform', 'gcp_cloud_run')
        .set('gcp.cloud_run.job.execution', env['CLOUD_RUN_EXECUTION'])
        .set('gcp.cloud_run.job.task_index', env['CLOUD_RUN_TASK_INDEX']);
      return faas(env['CLOUD_RUN_JOB'], undefined);
    case 'app-engine-standard':
      found
        .set('cloud.platform', 'gcp_app_engine')
        .set('faas.name', env['GAE_SERVICE'])
        .set('faas.version', env['GAE_VERSION'])
        .set('faas.instance', env['GAE_INSTANCE']);
      await reading.set('cloud.availability_zone', 'instance/zone', lastPart);
      return reading.set('cloud.region', 'instance/region', lastPart);
    case 'app-engine-flexible':
      found
        .set('cloud.platform', 'gcp_app_engine')
        .set('faas.name', env['GAE_SERVICE'])
        .set('faas.version', env['GAE_VERSION'])
        .set('faas.instance', env['GAE_INSTANCE']);
      return zoneAndRegion();
    case 'compute-engine':
      found.set('cloud.platform', 'gcp_compute_engine');
      await zoneAndRegion();
      await reading.set('host.type', 'instance/machine-type');
      await reading.set('host.id', 'instance/id');
      await reading.read(['host.name', 'gcp.gce.instance.name'], 'instance/name', (name) => {
        found.set('host.name', name).set('gcp.gce.instance.name', name);
      });
      await reading.set('gcp.gce.instance.hostname', 'instance/hostname');
      return instanceGroup(reading);
    case 'unknown':
  }
}

/** The managed instance group that has made the instance. */
function instanceGroup(reading: Reading): Promise<void> {
  const { found } = reading;
  const prefix = 'gcp.gce.instance_group_manager';
  const names = [`${prefix}.name`, `${prefix}.region`, `${prefix}.zone`] as const;
  return reading.read(names, 'instance/attributes/created-by', (by) => {
    const [, kind, place, name] =
      /^projects\/[^/]+\/(zone|region)s\/([^/]+)\/instanceGroupManagers\/([^/]+)$/.exec(by) ?? [];
    if (name === undefined) return;
    found.set(`${prefix}.name`, name).set(kind === 'zone' ? `${prefix}.zone` : `${prefix}.region`, place);
  });
}

function isBareMetal(env: DetectorServices['env']): boolean {
  return ['BMS_PROJECT_ID', 'BMS_REGION', 'BMS_INSTANCE_ID'].every((name) => (env[name] ?? '') !== '');
}

function bareMetal(found: FoundAttributes<GcpAttribute>, env: DetectorServices['env']): FoundAttributes<GcpAttribute> {
  return found
    .set('cloud.platform', 'gcp_bare_metal_solution')
    .set('cloud.account.id', env['BMS_PROJECT_ID'])
    .set('cloud.region', env['BMS_REGION'])
    .set('host.name', env['BMS_INSTANCE_ID']);
}

/** The labels of the instance, which only the API of Compute Engine has; the instance's own account asks for them. */
async function labelsOf(
  { clients }: DetectorServices,
  metadata: GoogleMetadata,
  signal: CancelSignal,
): Promise<readonly (readonly [name: string, value: string])[]> {
  const value = async (path: string): Promise<string> => {
    const text = await metadata.value(path, signal);
    if (text === undefined) throw new Error(`the metadata server has no ${path}`);
    return text;
  };
  const token = MetadataDocument.parse(await value('instance/service-accounts/default/token'), 'the token of Google');
  const parts = [
    'projects',
    await value('project/project-id'),
    'zones',
    lastPart(await value('instance/zone')),
    'instances',
    await value('instance/name'),
  ];
  const url = `https://compute.googleapis.com/compute/v1/${parts.map(encodeURIComponent).join('/')}`;
  const headers = { authorization: `Bearer ${token.required('access_token')}` };
  const instance = MetadataDocument.parse(await clients.remote().text({ url, headers }, signal), 'the instance');
  return instance.object('labels').texts();
}
