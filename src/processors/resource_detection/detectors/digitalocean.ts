import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';

export type DigitaloceanOptions = Switched<'cloud.provider' | 'cloud.region' | 'host.id' | 'host.name'>;

const url = 'http://169.254.169.254/metadata/v1.json';

/** A droplet of DigitalOcean. */
export const digitalocean: DetectorKind<DigitaloceanOptions> = {
  config: group<DigitaloceanOptions>({
    resource_attributes: switches(['cloud.provider', 'cloud.region', 'host.id', 'host.name']),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        try {
          const document = MetadataDocument.parse(await client.text({ url }, signal), 'the metadata of DigitalOcean');
          return new FoundAttributes(options)
            .set('cloud.provider', 'digitalocean')
            .set('host.id', document.numeral('droplet_id'))
            .set('host.name', document.text('hostname'))
            .set('cloud.region', document.text('region'))
            .found();
        } catch (error) {
          return unavailable('the metadata of DigitalOcean', error, failOnMissing);
        }
      },
    };
  },
};
