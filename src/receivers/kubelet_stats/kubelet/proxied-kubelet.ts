import os from 'node:os';
import type { CancelSignal } from '../../../component/cancellation.js';
import { openAccess, type OwnAccess } from '../../../kubernetes/access/access.js';
import { Cluster, type ClusterContext } from '../../../kubernetes/cluster.js';
import type { ApiJson } from '../../../kubernetes/json.js';
import type { Config } from '../config.js';
import { kubeletRule, type Kubelet, type KubeletPath } from './kubelet.js';

/** A kubelet that is asked through the API server, as a kubeconfig says. */
export class ProxiedKubelet implements Kubelet {
  readonly #cluster: Cluster;
  readonly #node: string;

  /** Throws `AccessError`. */
  constructor(config: Config, context: ClusterContext, env: NodeJS.ProcessEnv = process.env) {
    this.#cluster = new Cluster(accessOf(config, context, env), context, env);
    this.#node = config.endpoint === '' ? os.hostname() : config.endpoint;
  }

  get(path: KubeletPath, signal: CancelSignal): Promise<ApiJson> {
    const subject = {
      name: `nodes/${this.#node}/proxy${path}`,
      whenForbidden:
        `Add these rules to the ClusterRole of the account: ${kubeletRule(path)} and ` +
        '- {apiGroups: [""], resources: [nodes/proxy], verbs: [get]}',
      whenUnknown: 'Is the endpoint the name of a node?',
    };
    return this.#cluster.client.document(
      `/api/v1/nodes/${encodeURIComponent(this.#node)}/proxy${path}`,
      subject,
      signal,
    );
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }
}

/** `insecure_skip_verify` counts beside what the kubeconfig says. */
function accessOf(config: Config, { clock, logger }: ClusterContext, env: NodeJS.ProcessEnv): OwnAccess {
  const { kube_config_path, context, insecure_skip_verify } = config;
  return {
    key: JSON.stringify(['kubelet', kube_config_path, context, insecure_skip_verify]),
    open() {
      const access = openAccess({ auth_type: 'kubeConfig', kube_config_path, context }, { env, clock, logger });
      const { tls } = access;
      if (!insecure_skip_verify || !tls) return access;
      let [read, options] = [tls(), { ...tls(), rejectUnauthorized: false }];
      return {
        ...access,
        tls() {
          const now = tls();
          if (now !== read) [read, options] = [now, { ...now, rejectUnauthorized: false }];
          return options;
        },
      };
    },
  };
}
