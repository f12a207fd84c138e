import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';

const attributes = [
  'cloud.account.id',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'host.id',
  'host.image.id',
  'host.image.name',
  'host.name',
  'host.type',
] as const;
export type AkamaiOptions = Switched<(typeof attributes)[number]>;

const url = 'http://169.254.169.254/v1';

/** An instance of Akamai (Linode). */
export const akamai: DetectorKind<AkamaiOptions> = {
  config: group<AkamaiOptions>({ resource_attributes: switches(attributes) }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        try {
          const token = await client.text(
            { url: `${url}/token`, method: 'PUT', headers: { 'metadata-token-expiry-seconds': '3600' } },
            signal,
          );
          // The token may stand in a list of JSON.
          const [text = ''] = /[\w.-]+/.exec(token) ?? [];
          const headers = { 'metadata-token': text, accept: 'application/json' };
          const instance = MetadataDocument.parse(
            await client.text({ url: `${url}/instance`, headers }, signal),
            'the metadata of Akamai',
          );
          return new FoundAttributes(options)
            .set('cloud.provider', 'akamai_cloud')
            .set('cloud.platform', 'akamai_cloud.compute')
            .set('cloud.account.id', instance.text('account_euuid'))
            .set('cloud.region', instance.text('region'))
            .set('host.id', instance.numeral('id'))
            .set('host.image.id', instance.object('image').text('id'))
            .set('host.image.name', instance.object('image').text('label'))
            .set('host.name', instance.text('label'))
            .set('host.type', instance.text('type'))
            .found();
        } catch (error) {
          return unavailable('the metadata of Akamai', error, failOnMissing);
        }
      },
    };
  },
};
