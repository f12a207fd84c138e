import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { PullClient } from '../../net/http/pull.js';
import { inCluster } from './in-cluster.js';
import { fromKubeConfig } from './kube-config.js';

/** How requests reach the API server, and what they prove their sender with. */
export interface ApiAccess {
  /** `https://10.0.0.1:443`, without a path. */
  readonly server: string;
  /** Undefined for `http`; the same object until what it is made of has changed. */
  readonly tls: (() => ConnectionOptions) | undefined;
  /** '' for none. */
  readonly proxyUrl: string;
  /** The header fields that stand for the sender, from a token that may have been rotated. */
  credentials(): Promise<Readonly<Record<string, string>>>;
  /** The server refused the credentials: nothing that is remembered of them is used again. */
  forget(): void;
  /** Opens what sends the requests, where that is not a client with the `tls` and the `proxyUrl` above. */
  readonly client?: () => Promise<ApiTransport>;
}

/** Sends requests to the API server. */
export type ApiTransport = Pick<PullClient, 'ask' | 'close'>;

/** How a component reaches the API (`auth_type`). */
export interface AccessConfig {
  /** `none`: in the cluster, without credentials, and the server's certificate is not checked. */
  readonly auth_type: 'none' | 'serviceAccount' | 'kubeConfig';
  /** Of `kubeConfig`; '' for `KUBECONFIG`, or ~/.kube/config. */
  readonly kube_config_path: string;
  /** Of `kubeConfig`; '' for the current one. */
  readonly context: string;
}

/** Access by options of the component's own, such as those of an HTTP client. */
export interface OwnAccess {
  /** The same for the same options: components with the same key share the access. */
  readonly key: string;
  open(): ApiAccess;
}

/** The surroundings that access is found in. */
export interface AccessWorld {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The files of the service account. */
  readonly serviceAccountFolder?: string;
}

/** Finds the access. Throws `AccessError`. */
export function openAccess(config: AccessConfig | OwnAccess, world: AccessWorld): ApiAccess {
  if ('open' in config) return config.open();
  return config.auth_type === 'kubeConfig'
    ? fromKubeConfig(config, world)
    : inCluster(config.auth_type === 'serviceAccount', world);
}
