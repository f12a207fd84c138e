import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { KubernetesApi, kubernetesShape, type KubernetesOptions } from '../kubernetes/api.js';

const attributes = ['k8s.cluster.name', 'k8s.cluster.uid'] as const;
export type KubeadmOptions = KubernetesOptions & Switched<(typeof attributes)[number]>;

/** A cluster that was made with kubeadm, by the configuration that this keeps in the cluster. */
export const kubeadm: DetectorKind<KubeadmOptions> = {
  config: group<KubeadmOptions>({ ...kubernetesShape(), resource_attributes: switches(attributes) }),
  create(options, services) {
    const api = new KubernetesApi(services, options);
    return {
      async detect(signal) {
        const found = new FoundAttributes(options);
        try {
          if (found.wants('k8s.cluster.name')) {
            const path = '/api/v1/namespaces/kube-system/configmaps/kubeadm-config';
            const data = (await api.get(path, signal)).object('data');
            found.set(
              'k8s.cluster.name',
              nameIn(data.text('ClusterConfiguration')) || data.text('clusterName') || undefined,
            );
          }
          if (found.wants('k8s.cluster.uid')) {
            const namespace = (await api.get('/api/v1/namespaces/kube-system', signal)).object('metadata');
            found.set('k8s.cluster.uid', namespace.required('uid'));
          }
          return found.found();
        } catch (error) {
          return unavailable('the configuration of kubeadm', error, services.failOnMissing);
        }
      },
    };
  },
};

const nameKey = 'clusterName:';

/** The name in the YAML that kubeadm writes: a plain line of the outermost map. */
function nameIn(yaml: string): string {
  const line = yaml.split('\n').find((each) => each.startsWith(nameKey)) ?? '';
  const [value = ''] = line.slice(nameKey.length).split('#');
  return value.trim().replace(/^["']|["']$/g, '');
}
