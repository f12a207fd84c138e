import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
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
}

/** How a component reaches the API (`auth_type`). */
export interface AccessConfig {
  /** `none`: in the cluster, without credentials, and the server's certificate is not checked. */
  readonly auth_type: 'none' | 'serviceAccount' | 'kubeConfig';
  /** Of `kubeConfig`; '' for `KUBECONFIG`, or ~/.kube/config. */
  readonly kube_config_path: string;
  /** Of `kubeConfig`; '' for the current one. */
  readonly context: string;
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
export function openAccess(config: AccessConfig, world: AccessWorld): ApiAccess {
  return config.auth_type === 'kubeConfig'
    ? fromKubeConfig(config, world)
    : inCluster(config.auth_type === 'serviceAccount', world);
}
