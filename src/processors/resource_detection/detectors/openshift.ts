import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { group, secret, text } from '../../../component/schema/schema.js';
import { inUseUnless } from '../../../component/schema/in-use.js';
import { httpUrlFault } from '../../../net/http/url-fault.js';
import { tlsClient, type TlsClientConfig } from '../../../net/options/tls-client.js';
import { clientTls } from '../../../net/tls/client.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind, type DetectorServices } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';
import { withoutEnd } from '../../../component/without-end.js';

const attributes = ['cloud.platform', 'cloud.provider', 'cloud.region', 'k8s.cluster.name'] as const;

export interface OpenshiftOptions extends Switched<(typeof attributes)[number]> {
  readonly address: string;
  readonly token: string;
  readonly tls: TlsClientConfig;
}

const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** By the type of the platform: the provider, the platform, and where the region stands. */
const platforms: ReadonlyMap<string, readonly [provider: string, platform: string, at: string, region: string]> =
  new Map([
    ['aws', ['aws', 'aws_openshift', 'aws', 'region']],
    ['azure', ['azure', 'azure_openshift', 'azure', 'cloudName']],
    ['gcp', ['gcp', 'gcp_openshift', 'gcp', 'region']],
    ['ibmcloud', ['ibm_cloud', 'ibm_cloud_openshift', 'ibmcloud', 'location']],
    ['openstack', ['', '', 'openstack', 'cloudName']],
  ]);

/** A cluster of OpenShift, by what it knows of its infrastructure. */
export const openshift: DetectorKind<OpenshiftOptions> = {
  config: group<OpenshiftOptions>({
    address: inUseUnless(
      text('', { about: 'URL of the API server; that of the cluster of this pod when empty.' }),
      (url) => (url === '' ? undefined : httpUrlFault(url, 'address')),
    ),
    token: secret('', { about: 'Bearer token; that of the pod’s service account when empty.' }),
    tls: tlsClient(),
    resource_attributes: switches(attributes),
  }),
  create(options, services) {
    const tls = new AccountTls(options.tls, services);
    const client = services.clients.remote(() => tls.options);
    return {
      async detect(signal) {
        try {
          const url = `${addressOf(options, services)}/apis/config.openshift.io/v1/infrastructures/cluster/status`;
          await tls.read();
          const token = options.token || (await readFile(`${services.root}${accountFolder}/token`, 'utf8')).trim();
          const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
          const answer = MetadataDocument.parse(await client.text({ url, headers }, signal), 'the infrastructure');
          const status = answer.object('status');
          const platform = status.object('platformStatus');
          const [provider, name, at, region] = platforms.get(platform.text('type').toLowerCase()) ?? ['', '', '', ''];
          const found = new FoundAttributes(options)
            .set('k8s.cluster.name', status.text('infrastructureName') || undefined)
            .set('cloud.provider', provider || undefined)
            .set('cloud.platform', name || undefined);
          if (at !== '') found.set('cloud.region', platform.object(at).text(region).toLowerCase() || undefined);
          return found.found();
        } catch (error) {
          return unavailable('the infrastructure of OpenShift', error, services.failOnMissing);
        }
      },
    };
  },
};

function addressOf({ address }: OpenshiftOptions, { env }: DetectorServices): string {
  if (address !== '') return withoutEnd(address, '/');
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  if (host === '') throw new Error('KUBERNETES_SERVICE_HOST is not set: this is no pod of a cluster');
  return `https://${host.includes(':') ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] || '443'}`;
}

/** TLS as configured, with the authority of the cluster where no other is. */
class AccountTls {
  readonly #config: TlsClientConfig;
  readonly #services: DetectorServices;
  #ca: string | undefined;
  #configured: (() => ConnectionOptions) | undefined;
  #options: ConnectionOptions | undefined;

  constructor(config: TlsClientConfig, services: DetectorServices) {
    this.#config = config;
    this.#services = services;
  }

  get options(): ConnectionOptions {
    const configured = (this.#configured ??= this.#load());
    if (this.#ca === undefined) return configured();
    if (this.#options?.ca !== this.#ca) this.#options = { ...configured(), ca: this.#ca };
    return this.#options;
  }

  /** Reads the authority of the cluster. */
  async read(): Promise<void> {
    const { ca_file, ca_pem } = this.#config;
    if (ca_file !== '' || ca_pem !== '') return;
    const path = `${this.#services.root}${accountFolder}/ca.crt`;
    this.#ca = await readFile(path, 'utf8').catch(() => undefined);
  }

  #load(): () => ConnectionOptions {
    const { clock, logger } = this.#services;
    return clientTls(this.#config, clock, logger, true) ?? (() => ({}));
  }
}
