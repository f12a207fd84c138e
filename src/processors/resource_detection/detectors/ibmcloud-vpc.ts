import { choice, group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';

const attributes = [
  'cloud.account.id',
  'cloud.availability_zone',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'cloud.resource_id',
  'host.id',
  'host.image.id',
  'host.image.name',
  'host.name',
  'host.type',
] as const;

export interface VpcOptions extends Switched<(typeof attributes)[number]> {
  readonly protocol: 'http' | 'https';
}

const host = 'api.metadata.cloud.ibm.com';
const version = '2026-01-30';

/** A virtual server of IBM Cloud VPC. */
export const ibmcloudVpc: DetectorKind<VpcOptions> = {
  config: group<VpcOptions>({
    protocol: choice(['http', 'https'], 'http', {
      about: '`https` where the metadata service of the instance is set to secure access.',
    }),
    resource_attributes: switches(attributes),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    const origin = `${options.protocol}://${host}`;
    return {
      async detect(signal) {
        try {
          const answer = await client.text(
            {
              url: `${origin}/identity/v1/token?version=${version}`,
              method: 'PUT',
              headers: { 'metadata-flavor': 'ibm', accept: 'application/json', 'content-type': 'application/json' },
              body: '{"expires_in":300}',
            },
            signal,
          );
          const token = MetadataDocument.parse(answer, 'the token of IBM Cloud').required('access_token');
          const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
          const instance = MetadataDocument.parse(
            await client.text({ url: `${origin}/metadata/v1/instance?version=${version}`, headers }, signal),
            'the metadata of IBM Cloud',
          );
          const zone = instance.object('zone').text('name');
          const crn = instance.text('crn');
          return (
            new FoundAttributes(options)
              .set('cloud.provider', 'ibm_cloud')
              .set('cloud.platform', 'ibm_cloud.vpc')
              .set('cloud.region', zone.lastIndexOf('-') > 0 ? zone.slice(0, zone.lastIndexOf('-')) : zone)
              .set('cloud.availability_zone', zone)
              // crn:v1:bluemix:public:is:us-south-1:a/123456::instance:0717_x
              .set('cloud.account.id', (crn.split(':')[6] ?? '').replace(/^a\//, ''))
              .set('cloud.resource_id', crn)
              .set('host.id', instance.text('id'))
              .set('host.image.id', instance.object('image').text('id'))
              .set('host.image.name', instance.object('image').text('name'))
              .set('host.name', instance.text('name'))
              .set('host.type', instance.object('profile').text('name'))
              .found()
          );
        } catch (error) {
          return unavailable('the metadata of IBM Cloud', error, failOnMissing);
        }
      },
    };
  },
};
