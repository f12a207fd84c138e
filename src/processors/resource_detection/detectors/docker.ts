import os from 'node:os';
import type { CancelSignal } from '../../../component/cancellation.js';
import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind, type DetectorServices } from '../detection/detector.js';
import type { MetadataClient } from '../../../metadata/clients.js';
import { MetadataDocument } from '../../../metadata/document.js';

type DockerAttribute = 'container.image.name' | 'container.name' | 'host.name' | 'os.type';
export type DockerOptions = Switched<DockerAttribute>;

const usualHost = 'unix:///var/run/docker.sock';
/** Of the API: what is asked has been there since. */
const oldestVersion = '1.24';

/** The daemon of Docker, through its socket: the host of this container. */
export const docker: DetectorKind<DockerOptions> = {
  config: group<DockerOptions>({
    resource_attributes: switches(['host.name', 'os.type'], ['container.image.name', 'container.name']),
  }),
  create(options, services) {
    return {
      async detect(signal) {
        const found = new FoundAttributes(options);
        try {
          const { client, origin } = daemon(services);
          const base = `${origin}/v${await versionOf(client, origin, services, signal)}`;
          const info = MetadataDocument.parse(await client.text({ url: `${base}/info` }, signal), 'the info of Docker');
          found.set('host.name', info.text('Name')).set('os.type', info.text('OSType'));
          if (!found.wants('container.name', 'container.image.name')) return found.found();
          const self = encodeURIComponent(os.hostname());
          const container = MetadataDocument.parse(
            await client.text({ url: `${base}/containers/${self}/json` }, signal),
            'the container of Docker',
          );
          return found
            .set('container.name', container.text('Name').replace(/^\//, ''))
            .set('container.image.name', container.object('Config').text('Image'))
            .found();
        } catch (error) {
          return unavailable('the Docker daemon', error, services.failOnMissing);
        }
      },
    };
  },
};

/** Where the daemon is, by `DOCKER_HOST` as Docker's own tools read it. */
function daemon({ env, clients, root }: DetectorServices): {
  readonly client: MetadataClient;
  readonly origin: string;
} {
  const host = env['DOCKER_HOST'] || usualHost;
  const path = /^unix:\/\/(.+)$/.exec(host)?.[1];
  if (path !== undefined) {
    const socket = host === usualHost ? root + path : path;
    return { client: clients.socket(socket), origin: 'http://docker' };
  }
  const [, scheme = '', rest = ''] = /^(tcp|http|https):\/\/(.+)$/.exec(host) ?? [];
  if (rest === '') throw new Error('DOCKER_HOST is neither unix:// nor tcp://');
  const secure = scheme === 'https' || (env['DOCKER_TLS_VERIFY'] ?? '') !== '';
  const client = secure ? clients.remote() : clients.direct();
  return { client, origin: new URL(`${secure ? 'https' : 'http'}://${rest}`).origin };
}

/** The newest version of the API that the daemon speaks: nothing that is asked has changed from one to the next. */
async function versionOf(
  client: MetadataClient,
  origin: string,
  { env }: DetectorServices,
  signal: CancelSignal,
): Promise<string> {
  const wanted = env['DOCKER_API_VERSION'] ?? '';
  if (/^\d+\.\d+$/.test(wanted)) return wanted;
  const reply = await client.ask({ url: `${origin}/_ping`, method: 'HEAD' }, signal);
  const theirs = reply.header('api-version') ?? '';
  return /^\d\.\d{1,4}$/.test(theirs) ? theirs : oldestVersion;
}
