import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { ownFailOnMissing } from './ec2.js';

const paths = [
  ['host.name', 'instance-name'],
  ['host.image.id', 'instance/image-id'],
  ['host.id', 'instance-id'],
  ['host.type', 'instance/instance-type'],
  ['cloud.account.id', 'app-id'],
  ['cloud.region', 'placement/region'],
  ['cloud.availability_zone', 'placement/zone'],
] as const;

export interface TencentOptions extends Switched<'cloud.platform' | 'cloud.provider' | (typeof paths)[number][0]> {
  readonly fail_on_missing_metadata: boolean;
}

const origin = 'http://metadata.tencentyun.com';

/** A CVM instance of Tencent Cloud. */
export const tencentCvm: DetectorKind<TencentOptions> = {
  config: group<TencentOptions>({
    fail_on_missing_metadata: ownFailOnMissing(),
    resource_attributes: switches(['cloud.platform', 'cloud.provider', ...paths.map(([name]) => name)]),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'tencent_cloud')
          .set('cloud.platform', 'tencent_cloud_cvm');
        try {
          for (const [name, path] of paths) {
            const text = await client.value({ url: `${origin}/latest/meta-data/${path}` }, signal);
            found.set(name, text);
          }
          return found.found();
        } catch (error) {
          return unavailable('the metadata of Tencent Cloud', error, failOnMissing || options.fail_on_missing_metadata);
        }
      },
    };
  },
};
