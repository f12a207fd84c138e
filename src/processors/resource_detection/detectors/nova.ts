import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';
import { nameMatcher, namePatterns } from '../metadata/matching.js';
import { ownFailOnMissing } from './ec2.js';

const attributes = [
  'cloud.account.id',
  'cloud.availability_zone',
  'cloud.platform',
  'cloud.provider',
  'host.id',
  'host.name',
  'host.type',
] as const;

export interface NovaOptions extends Switched<(typeof attributes)[number]> {
  readonly fail_on_missing_metadata: boolean;
  readonly labels: readonly string[];
}

const origin = 'http://169.254.169.254';

/** An instance of OpenStack Nova. */
export const nova: DetectorKind<NovaOptions> = {
  config: group<NovaOptions>({
    fail_on_missing_metadata: ownFailOnMissing(),
    labels: namePatterns('entries of the instance’s metadata'),
    resource_attributes: switches(attributes),
  }),
  create(options, { clients, failOnMissing, logger }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        let instance: MetadataDocument;
        try {
          const text = await client.text({ url: `${origin}/openstack/latest/meta_data.json` }, signal);
          instance = MetadataDocument.parse(text, 'the metadata of Nova');
          instance.required('uuid');
        } catch (error) {
          return unavailable('the metadata of Nova', error, failOnMissing || options.fail_on_missing_metadata);
        }
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'openstack')
          .set('cloud.platform', 'openstack_nova')
          .set('cloud.account.id', instance.text('project_id'))
          .set('cloud.availability_zone', instance.text('availability_zone'))
          .set('host.id', instance.text('uuid'))
          .set('host.name', instance.required('hostname'));
        if (found.wants('host.type')) {
          try {
            // Only the paths that are like those of EC2 have it, and not every cloud has them.
            const type = await client.value({ url: `${origin}/latest/meta-data/instance-type` }, signal);
            found.set('host.type', type);
          } catch (error) {
            logger.debug('The metadata of Nova has no instance type', { error });
          }
        }
        const matches = nameMatcher(options.labels);
        for (const [name, value] of instance.object('meta').texts())
          if (matches(name)) found.add(`openstack.nova.meta.${name}`, value);
        return found.found();
      },
    };
  },
};
