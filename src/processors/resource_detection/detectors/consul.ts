import { readFile } from 'node:fs/promises';
import { group, map, any, secret, text } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind, type DetectorServices } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';
import { withoutEnd } from '../../../component/without-end.js';

const attributes = ['cloud.region', 'host.id', 'host.name'] as const;

export interface ConsulOptions extends Switched<(typeof attributes)[number]> {
  readonly address: string;
  readonly datacenter: string;
  readonly namespace: string;
  readonly token: string;
  readonly token_file: string;
  readonly meta: Readonly<Record<string, unknown>>;
}

const usualAddress = '127.0.0.1:8500';

/** The agent of Consul on this machine. */
export const consul: DetectorKind<ConsulOptions> = {
  config: group<ConsulOptions>({
    address: text('', {
      about: 'The agent, as `host:port`, a URL or `unix://`; `CONSUL_HTTP_ADDR` or `127.0.0.1:8500` when empty.',
    }),
    datacenter: text('', { about: 'The datacenter that is asked; that of the agent when empty.' }),
    namespace: text('', { about: 'The namespace that is asked (Consul Enterprise).' }),
    token: secret('', { about: 'The ACL token; `CONSUL_HTTP_TOKEN` when empty.' }),
    token_file: text('', {
      about: 'A file with the ACL token, in place of `token`; `CONSUL_HTTP_TOKEN_FILE` when empty.',
    }),
    meta: map(any(), { about: 'Keys of the node’s metadata that become attributes; the values mean nothing.' }),
    resource_attributes: switches(attributes),
  }),
  create(options, services) {
    const { env, failOnMissing, gates } = services;
    const prefix = gates.has('processor.resourcedetection.consul.prefixMetaAttributes') ? 'consul.meta.' : '';
    return {
      async detect(signal) {
        let self: MetadataDocument;
        try {
          const { client, origin } = agent(options, services);
          const query = new URLSearchParams({
            ...(options.datacenter !== '' && { dc: options.datacenter }),
            ...(options.namespace !== '' && { ns: options.namespace }),
          }).toString();
          const token = await tokenOf(options, env);
          const answer = await client.text(
            {
              url: `${origin}/v1/agent/self${query === '' ? '' : `?${query}`}`,
              headers: token === '' ? {} : { 'x-consul-token': token },
            },
            signal,
          );
          self = MetadataDocument.parse(answer, 'the answer of Consul');
          const config = self.object('Config');
          const found = new FoundAttributes(options)
            .set('host.name', config.required('NodeName'))
            .set('cloud.region', config.required('Datacenter'))
            .set('host.id', config.required('NodeID'));
          for (const [key, value] of self.object('Meta').texts())
            if (Object.hasOwn(options.meta, key)) found.add(prefix + key, value);
          return found.found();
        } catch (error) {
          return unavailable('the agent of Consul', error, failOnMissing);
        }
      },
    };
  },
};

function agent(options: ConsulOptions, { env, clients }: DetectorServices): ReturnType<typeof place> {
  const given = options.address || (env['CONSUL_HTTP_ADDR'] ?? '') || usualAddress;
  return place(given, (env['CONSUL_HTTP_SSL'] ?? '').toLowerCase() === 'true', clients);
}

function place(
  address: string,
  secure: boolean,
  clients: DetectorServices['clients'],
): { readonly client: ReturnType<typeof clients.direct>; readonly origin: string } {
  if (address.startsWith('unix://'))
    return { client: clients.socket(address.slice('unix://'.length)), origin: 'http://consul' };
  const url = /^https?:\/\//.test(address)
    ? address
    : `${secure ? 'https' : 'http'}://${address.replace(/^tcp:\/\//, '')}`;
  return { client: clients.remote(), origin: withoutEnd(url, '/') };
}

async function tokenOf({ token, token_file }: ConsulOptions, env: DetectorServices['env']): Promise<string> {
  const file = token_file || (token === '' ? (env['CONSUL_HTTP_TOKEN_FILE'] ?? '') : '');
  if (file !== '') return (await readFile(file, 'utf8')).trim();
  return token || (env['CONSUL_HTTP_TOKEN'] ?? '');
}
