import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';
import { ownFailOnMissing } from './ec2.js';

export interface UpcloudOptions extends Switched<'cloud.provider' | 'cloud.region' | 'host.id' | 'host.name'> {
  readonly fail_on_missing_metadata: boolean;
}

const url = 'http://169.254.169.254/metadata/v1.json';

/** A server of UpCloud. */
export const upcloud: DetectorKind<UpcloudOptions> = {
  config: group<UpcloudOptions>({
    fail_on_missing_metadata: ownFailOnMissing(),
    resource_attributes: switches(['cloud.provider', 'cloud.region', 'host.id', 'host.name']),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        try {
          const document = MetadataDocument.parse(await client.text({ url }, signal), 'the metadata of UpCloud');
          return new FoundAttributes(options)
            .set('cloud.provider', document.required('cloud_name'))
            .set('cloud.region', document.text('region'))
            .set('host.id', document.text('instance_id'))
            .set('host.name', document.text('hostname'))
            .found();
        } catch (error) {
          return unavailable('the metadata of UpCloud', error, failOnMissing || options.fail_on_missing_metadata);
        }
      },
    };
  },
};
