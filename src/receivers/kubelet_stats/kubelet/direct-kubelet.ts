import os from 'node:os';
import path from 'node:path';
import type { CancelSignal } from '../../../component/cancellation.js';
import type { ComponentContext } from '../../../component/define.js';
import { withoutEnd } from '../../../component/without-end.js';
import type { ApiJson } from '../../../kubernetes/json.js';
import { ReloadedFile } from '../../../net/credentials/reloaded-file.js';
import { PullClient } from '../../../net/http/pull.js';
import { tlsClient } from '../../../net/options/tls-client.js';
import { clientTls } from '../../../net/tls/client.js';
import { userAgent } from '../../../net/user-agent.js';
import type { Config } from '../config.js';
import { kubeletDocument, type Kubelet, type KubeletPath } from './kubelet.js';

/** Files that Kubernetes puts into each container. */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Certificates are read anew this often, milliseconds. */
const reloadMs = 30_000;

type Context = Pick<ComponentContext, 'clock' | 'logger' | 'buildInfo'>;

/** A kubelet that is asked at its own port. */
export class DirectKubelet implements Kubelet {
  readonly #base: string;
  readonly #client: PullClient;
  readonly #open: Readonly<Record<string, string>>;
  readonly #secret: () => Readonly<Record<string, string>>;

  private constructor(
    base: string,
    client: PullClient,
    open: Readonly<Record<string, string>>,
    secret: () => Readonly<Record<string, string>>,
  ) {
    this.#base = base;
    this.#client = client;
    this.#open = open;
    this.#secret = secret;
  }

  /** Throws when a certificate or the token of the pod cannot be read. `folder`: that of the service account. */
  static async open(config: Config, context: Context, folder: string = mounted): Promise<DirectKubelet> {
    const { clock, logger, buildInfo } = context;
    const ofPod = config.auth_type === 'serviceAccount';
    const client = await PullClient.open({
      tls: config.auth_type === 'none' ? undefined : clientTls(tlsOf(config, folder), clock, logger, true),
      proxyUrl: '',
      proxyFromEnvironment: true,
      http2: false,
      followRedirects: false,
      mostConnections: 1,
      ...(config.dialer.timeout > 0 && { connectMs: config.dialer.timeout }),
    });
    const token = ofPod
      ? new ReloadedFile(tokenFile(folder), (text) => ({ authorization: `Bearer ${text.trim()}` }), clock, logger)
      : undefined;
    const headers = { accept: 'application/json', 'user-agent': userAgent(buildInfo) };
    return new DirectKubelet(baseOf(config), client, headers, () => token?.value ?? {});
  }

  async get(from: KubeletPath, signal: CancelSignal): Promise<ApiJson> {
    const headers = { open: this.#open, secret: this.#secret() };
    return kubeletDocument(from, await this.#client.get(`${this.#base}${from}`, headers, signal));
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function tokenFile(folder: string): string {
  return path.join(folder, 'token');
}

/** The URL of the kubelet without a path. */
export function baseOf({ auth_type, endpoint }: Pick<Config, 'auth_type' | 'endpoint'>): string {
  const [scheme, port] = auth_type === 'none' ? ['http', 10_255] : ['https', 10_250];
  if (/^https?:\/\//i.test(endpoint)) return withoutEnd(endpoint, '/');
  return `${scheme}://${endpoint === '' ? `${os.hostname()}:${port}` : endpoint}`;
}

function tlsOf(config: Config, folder: string): ReturnType<ReturnType<typeof tlsClient>['parse']> {
  const ofPod = config.auth_type === 'serviceAccount' && config.ca_file === '' && config.ca_pem === '';
  return tlsClient().parse({
    ca_file: ofPod ? path.join(folder, 'ca.crt') : config.ca_file,
    ca_pem: config.ca_pem,
    cert_file: config.cert_file,
    cert_pem: config.cert_pem,
    key_file: config.key_file,
    key_pem: config.key_pem,
    include_system_ca_certs_pool: true,
    insecure_skip_verify: config.insecure_skip_verify,
    min_version: config.min_version,
    max_version: config.max_version,
    cipher_suites: config.cipher_suites,
    include_insecure_cipher_suites: config.include_insecure_cipher_suites,
    curve_preferences: config.curve_preferences,
    reload_interval: (config.reload_interval || reloadMs) * 1e6,
  });
}
