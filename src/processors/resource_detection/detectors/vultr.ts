import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';
import { ownFailOnMissing } from './ec2.js';

export interface VultrOptions extends Switched<
  'cloud.provider' | 'cloud.region' | 'host.id' | 'host.name' | 'cloud.platform'
> {
  readonly fail_on_missing_metadata: boolean;
}

const url = 'http://169.254.169.254/v1.json';

/** An instance of Vultr. */
export const vultr: DetectorKind<VultrOptions> = {
  config: group<VultrOptions>({
    fail_on_missing_metadata: ownFailOnMissing(),
    resource_attributes: switches(['cloud.provider', 'cloud.region', 'host.id', 'host.name'], ['cloud.platform']),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        try {
          const document = MetadataDocument.parse(await client.text({ url }, signal), 'the metadata of Vultr');
          return new FoundAttributes(options)
            .set('cloud.provider', 'vultr')
            .set('cloud.platform', 'vultr.cloud_compute')
            .set('cloud.region', document.object('region').text('regioncode').toLowerCase() || undefined)
            .set('host.id', document.text('instance-v2-id') || document.required('instanceid'))
            .set('host.name', document.text('hostname') || undefined)
            .found();
        } catch (error) {
          return unavailable('the metadata of Vultr', error, failOnMissing || options.fail_on_missing_metadata);
        }
      },
    };
  },
};
