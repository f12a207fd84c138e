import { group, text } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { KubernetesApi, kubernetesShape, nodeVariable, type KubernetesOptions } from '../kubernetes/api.js';

const attributes = ['k8s.cluster.uid', 'k8s.node.name', 'k8s.node.uid'] as const;

export interface K8sApiOptions extends Switched<(typeof attributes)[number]>, KubernetesOptions {
  readonly node_from_env_var: string;
}

/** The node that this pod runs on, and its cluster, by the API server of Kubernetes. */
export const k8sApi: DetectorKind<K8sApiOptions> = {
  config: group<K8sApiOptions>({
    ...kubernetesShape(),
    node_from_env_var: text('', {
      about: `The environment variable that the downward API sets to the node's name; \`${nodeVariable}\` when empty.`,
    }),
    resource_attributes: switches(attributes),
  }),
  create(options, services) {
    const api = new KubernetesApi(services, options);
    return {
      async detect(signal) {
        const name = services.env[nodeVariableOf(options)] ?? '';
        const found = new FoundAttributes(options);
        try {
          if (found.wants('k8s.node.name', 'k8s.node.uid')) {
            const node = (await api.get(`/api/v1/nodes/${encodeURIComponent(name)}`, signal)).object('metadata');
            found.set('k8s.node.name', node.text('name')).set('k8s.node.uid', node.text('uid'));
          }
        } catch (error) {
          return unavailable('the node of Kubernetes', error, services.failOnMissing);
        }
        if (!found.wants('k8s.cluster.uid')) return found.found();
        try {
          const namespace = (await api.get('/api/v1/namespaces/kube-system', signal)).object('metadata');
          return found.set('k8s.cluster.uid', namespace.required('uid')).found();
        } catch (error) {
          // The node is known all the same.
          return found.found(undefined, error as Error);
        }
      },
    };
  },
};

/** The environment variable with the name of the node. */
export function nodeVariableOf({ node_from_env_var }: { readonly node_from_env_var: string }): string {
  return node_from_env_var || nodeVariable;
}
