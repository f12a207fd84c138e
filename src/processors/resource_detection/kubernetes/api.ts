import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { CancelSignal } from '../../../component/cancellation.js';
import { choice, int, text, type Schema } from '../../../component/schema/schema.js';
import { inUse } from '../../../component/schema/in-use.js';
import { openAccess, type ApiAccess } from '../../../kubernetes/access/access.js';
import type { DetectorServices } from '../detection/detector.js';
import type { MetadataClient } from '../../../metadata/clients.js';
import { MetadataDocument } from '../../../metadata/document.js';

/** Where Kubernetes puts the token and the authority for a pod. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface KubernetesOptions {
  readonly auth_type: 'serviceAccount' | 'none' | 'kubeConfig';
  readonly context: string;
  readonly kube_api_burst: number;
  readonly kube_api_qps: number;
}

/** How the API server of Kubernetes is reached. */
export function kubernetesShape(): { readonly [K in keyof KubernetesOptions]-?: Schema<KubernetesOptions[K]> } {
  const rate = (name: string): Schema<number> =>
    inUse(int(0, { about: 'No effect: a detector sends two or three requests.' }), (value, { warn }) => {
      if (value !== 0) warn('An option that has no effect here: a detector sends few requests', { option: name });
    });
  return {
    auth_type: choice(['serviceAccount', 'none', 'kubeConfig'], 'serviceAccount', {
      about:
        '`serviceAccount`: token and authority of the pod; `none`: neither; `kubeConfig`: as `KUBECONFIG` or ' +
        '~/.kube/config says.',
    }),
    context: inUse(
      text('', { about: 'For `kubeConfig`; by default the current one.' }),
      (value, { report, beside }) => {
        if (value !== '' && beside['auth_type'] !== 'kubeConfig')
          report('context belongs to auth_type kubeConfig', [], undefined, 'Remove it, or write that auth_type.');
      },
    ),
    kube_api_burst: rate('kube_api_burst'),
    kube_api_qps: rate('kube_api_qps'),
  };
}

/** The environment variable with the name of the node, unless an option names another. */
export const nodeVariable = 'K8S_NODE_NAME';

/** The API server of the cluster that this process runs in, or that its kubeconfig names. */
export class KubernetesApi {
  readonly #services: DetectorServices;
  readonly #authType: KubernetesOptions['auth_type'];
  readonly #context: string;
  readonly #folder: string;
  #tls: ConnectionOptions | undefined;
  readonly #client: MetadataClient;
  #byConfig: { readonly access: ApiAccess; readonly client: MetadataClient } | undefined;

  constructor(
    services: DetectorServices,
    { auth_type, context }: Pick<KubernetesOptions, 'auth_type' | 'context'> = {
      auth_type: 'serviceAccount',
      context: '',
    },
  ) {
    this.#services = services;
    this.#authType = auth_type;
    this.#context = context;
    this.#folder = services.root + serviceAccountFolder;
    this.#client = services.clients.remote(() => (this.#tls ??= {}));
  }

  /** A document at a path of the API. */
  async get(path: string, signal: CancelSignal): Promise<MetadataDocument> {
    if (this.#authType === 'kubeConfig') return this.#getByConfig(path, signal);
    const { env } = this.#services;
    const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
    if (host === '') throw new Error('KUBERNETES_SERVICE_HOST is not set: this is no pod of Kubernetes');
    const port = env['KUBERNETES_SERVICE_PORT'] || '443';
    const headers = await this.#credentials();
    const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
    return MetadataDocument.parse(await this.#client.text({ url, headers }, signal), `the answer to GET ${path}`);
  }

  /** The file is read at the first request, so that one that is missing is a failure of this detector alone. */
  async #getByConfig(path: string, signal: CancelSignal): Promise<MetadataDocument> {
    const { clients, env, clock, logger } = this.#services;
    if (!this.#byConfig) {
      const config = { auth_type: 'kubeConfig', kube_config_path: '', context: this.#context } as const;
      const access = openAccess(config, { env, clock, logger });
      this.#byConfig = { access, client: clients.remote(access.tls) };
    }
    const { access, client } = this.#byConfig;
    const headers = { accept: 'application/json', ...(await access.credentials()) };
    const text = await client.text({ url: `${access.server}${path}`, headers }, signal);
    return MetadataDocument.parse(text, `the answer to GET ${path}`);
  }

  /** Read for each request: Kubernetes replaces the token every hour. */
  async #credentials(): Promise<Readonly<Record<string, string>>> {
    const ca = await readFile(`${this.#folder}/ca.crt`, 'utf8').catch(() => undefined);
    if (ca !== undefined && this.#tls?.ca !== ca) this.#tls = { ca };
    if (this.#authType === 'none') return { accept: 'application/json' };
    const token = (await readFile(`${this.#folder}/token`, 'utf8')).trim();
    return { accept: 'application/json', authorization: `Bearer ${token}` };
  }
}
