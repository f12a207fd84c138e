import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';

export type HetznerOptions = Switched<
  'cloud.availability_zone' | 'cloud.platform' | 'cloud.provider' | 'cloud.region' | 'host.id' | 'host.name'
>;

const url = 'http://169.254.169.254/hetzner/v1/metadata';

/** A server of Hetzner Cloud. */
export const hetzner: DetectorKind<HetznerOptions> = {
  config: group<HetznerOptions>({
    resource_attributes: switches(
      ['cloud.availability_zone', 'cloud.provider', 'cloud.region', 'host.id', 'host.name'],
      ['cloud.platform'],
    ),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'hetzner')
          .set('cloud.platform', 'hetzner.cloud_server');
        const paths = [
          ['host.name', 'hostname'],
          ['host.id', 'instance-id'],
          ['cloud.region', 'region'],
          ['cloud.availability_zone', 'availability-zone'],
        ] as const;
        let incomplete: Error | undefined;
        for (const [name, path] of paths) {
          try {
            found.set(name, await client.value({ url: `${url}/${path}` }, signal));
          } catch (error) {
            // Without the first this is no such server.
            if (path === 'hostname' || failOnMissing)
              return unavailable('the metadata of Hetzner', error, failOnMissing);
            incomplete ??= error as Error;
          }
        }
        return found.found(undefined, incomplete);
      },
    };
  },
};
