import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';

export type ScalewayOptions = Switched<
  | 'cloud.account.id'
  | 'cloud.availability_zone'
  | 'cloud.platform'
  | 'cloud.provider'
  | 'cloud.region'
  | 'host.id'
  | 'host.image.id'
  | 'host.image.name'
  | 'host.name'
  | 'host.type'
>;

const url = 'http://169.254.42.42/conf?format=json';

/** An instance of Scaleway. */
export const scaleway: DetectorKind<ScalewayOptions> = {
  config: group<ScalewayOptions>({
    resource_attributes: switches([
      'cloud.account.id',
      'cloud.availability_zone',
      'cloud.platform',
      'cloud.provider',
      'cloud.region',
      'host.id',
      'host.image.id',
      'host.image.name',
      'host.name',
      'host.type',
    ]),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        try {
          const document = MetadataDocument.parse(await client.text({ url }, signal), 'the metadata of Scaleway');
          return new FoundAttributes(options)
            .set('cloud.provider', 'scaleway_cloud')
            .set('cloud.platform', 'scaleway_cloud_compute')
            .set('cloud.account.id', document.text('organization'))
            .set('cloud.availability_zone', document.object('location').text('zone_id'))
            .set('cloud.region', regionOf(document.object('location').text('zone_id')))
            .set('host.id', document.required('id'))
            .set('host.image.id', document.object('image').text('id'))
            .set('host.image.name', document.object('image').text('name'))
            .set('host.name', document.text('name'))
            .set('host.type', document.text('commercial_type'))
            .found();
        } catch (error) {
          return unavailable('the metadata of Scaleway', error, failOnMissing);
        }
      },
    };
  },
};

/** `fr-par` of the zone `fr-par-1`. */
function regionOf(zone: string): string | undefined {
  const hyphen = zone.lastIndexOf('-');
  return hyphen > 0 ? zone.slice(0, hyphen) : undefined;
}
