import type { CancelSignal } from '../../../component/cancellation.js';
import { group, text } from '../../../component/schema/schema.js';
import type { XmlNode } from '../../../ottl/functions/xml/xml-node.js';
import { askEc2 } from '../aws/ec2-api.js';
import { Imds } from '../../../aws/imds.js';
import { elementsAt, textAt } from '../../../aws/xml.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { notHere, unavailable, type DetectorKind, type DetectorServices } from '../detection/detector.js';
import { KubernetesApi } from '../kubernetes/api.js';

const off = [
  'cloud.account.id',
  'cloud.availability_zone',
  'cloud.region',
  'host.id',
  'host.image.id',
  'host.name',
  'host.type',
  'k8s.cluster.name',
] as const;
type EksAttribute = 'cloud.platform' | 'cloud.provider' | (typeof off)[number];

export interface EksOptions extends Switched<EksAttribute> {
  readonly node_from_env_var: string;
}

/** The description of an instance by the API of EC2. */
interface DescribedInstance {
  readonly accountId: string;
  readonly imageId: string;
  readonly type: string;
  readonly hostname: string;
  readonly cluster: string;
}

/**
 * Amazon EKS: the version of the API server names it. The rest comes from the instance metadata service, or, where a
 * pod does not reach that, from the node's object and the API of EC2.
 */
export const eks: DetectorKind<EksOptions> = {
  config: group<EksOptions>({
    node_from_env_var: text('', {
      about: 'The environment variable with the name of the node, for pods that do not reach the metadata service.',
    }),
    resource_attributes: switches(['cloud.platform', 'cloud.provider'], off),
  }),
  create(options, services) {
    const { env, failOnMissing } = services;
    const imds = new Imds({ maxAttempts: 1, maxBackoffMs: 0 }, services);
    const api = new KubernetesApi(services);
    return {
      async detect(signal) {
        if ((env['KUBERNETES_SERVICE_HOST'] ?? '') === '') {
          if (failOnMissing) throw new Error('KUBERNETES_SERVICE_HOST is not set: this is not EKS');
          return notHere('KUBERNETES_SERVICE_HOST is not set');
        }
        try {
          const version = (await api.get('/version', signal)).text('gitVersion');
          if (!version.includes('-eks-')) {
            if (failOnMissing) throw new Error(`the cluster is not one of EKS: its version is ${version}`);
            return notHere('the cluster is not one of EKS');
          }
        } catch (error) {
          return unavailable('the version of the cluster', error, failOnMissing);
        }
        const found = new FoundAttributes(options).set('cloud.provider', 'aws').set('cloud.platform', 'aws_eks');
        // Nothing else is asked for what is not wanted.
        if (!found.wants(...off)) return found.found();
        const hasImds = await imds.text('meta-data/instance-id', signal).then(
          () => true,
          () => false,
        );
        if (hasImds) await fromImds(found, imds, services, signal);
        else await fromApi(found, api, imds, env[options.node_from_env_var] ?? '', services, signal);
        return found.found();
      },
    };
  },
};

async function fromImds(
  found: FoundAttributes<EksAttribute>,
  imds: Imds,
  services: DetectorServices,
  signal: CancelSignal,
): Promise<void> {
  const identity = await imds.identity(signal);
  found
    .set('host.id', identity.instanceId)
    .set('cloud.availability_zone', identity.availabilityZone)
    .set('cloud.region', identity.region)
    .set('cloud.account.id', identity.accountId)
    .set('host.image.id', identity.imageId)
    .set('host.type', identity.instanceType);
  if (found.wants('host.name')) found.set('host.name', await imds.text('meta-data/hostname', signal));
  if (!found.wants('k8s.cluster.name')) return;
  const { cluster } = await describe(identity.region, identity.instanceId, imds, services, signal);
  found.set('k8s.cluster.name', cluster);
}

async function fromApi(
  found: FoundAttributes<EksAttribute>,
  api: KubernetesApi,
  imds: Imds,
  node: string,
  services: DetectorServices,
  signal: CancelSignal,
): Promise<void> {
  if (node === '')
    throw new Error('the name of the node is not known: node_from_env_var names no variable that has it');
  const provider = (await api.get(`/api/v1/nodes/${encodeURIComponent(node)}`, signal))
    .object('spec')
    .text('providerID');
  // aws:///us-west-2a/i-049ca2df511bec762
  const [, zone, instance] = /^aws:\/\/[^/]*\/([^/]+)\/([^/]+)/.exec(provider) ?? [];
  if (zone === undefined || instance === undefined) throw new Error(`the node has no provider ID of AWS`);
  const region = zone.slice(0, -1);
  found.set('host.id', instance).set('cloud.availability_zone', zone).set('cloud.region', region);
  if (!found.wants('cloud.account.id', 'host.image.id', 'host.type', 'host.name', 'k8s.cluster.name')) return;
  const described = await describe(region, instance, imds, services, signal);
  found
    .set('cloud.account.id', described.accountId)
    .set('host.image.id', described.imageId)
    .set('host.type', described.type)
    .set('host.name', described.hostname)
    .set('k8s.cluster.name', described.cluster);
}

async function describe(
  region: string,
  instanceId: string,
  imds: Imds,
  services: DetectorServices,
  signal: CancelSignal,
): Promise<DescribedInstance> {
  const parameters = { Action: 'DescribeInstances', 'InstanceId.1': instanceId };
  const answer = await askEc2(parameters, region, imds, services, signal);
  const [reservation] = elementsAt(answer, 'reservationSet', 'item');
  const [instance] = reservation ? elementsAt(reservation, 'instancesSet', 'item') : [];
  if (!reservation || !instance) throw new Error(`EC2 does not know the instance`);
  return {
    accountId: textAt(reservation, 'ownerId'),
    imageId: textAt(instance, 'imageId'),
    type: textAt(instance, 'instanceType'),
    hostname: textAt(instance, 'privateDnsName'),
    cluster: clusterOf(instance),
  };
}

/** The name of the cluster in one of the tags that tools of EKS set. */
function clusterOf(instance: XmlNode): string {
  const prefix = 'kubernetes.io/cluster/';
  for (const tag of elementsAt(instance, 'tagSet', 'item')) {
    const name = textAt(tag, 'key');
    if (name === 'aws:eks:cluster-name' || name === 'eks:cluster-name') return textAt(tag, 'value');
    if (name.startsWith(prefix)) return name.slice(prefix.length);
  }
  return '';
}
