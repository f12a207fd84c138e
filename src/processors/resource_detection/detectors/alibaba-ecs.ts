import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { ownFailOnMissing } from './ec2.js';

const paths = [
  ['host.name', 'hostname'],
  ['host.image.id', 'image-id'],
  ['host.id', 'instance-id'],
  ['host.type', 'instance/instance-type'],
  ['cloud.account.id', 'owner-account-id'],
  ['cloud.region', 'region-id'],
  ['cloud.availability_zone', 'zone-id'],
] as const;

export interface AlibabaOptions extends Switched<'cloud.platform' | 'cloud.provider' | (typeof paths)[number][0]> {
  readonly fail_on_missing_metadata: boolean;
}

const origin = 'http://100.100.100.200';

/** An ECS instance of Alibaba Cloud. */
export const alibabaEcs: DetectorKind<AlibabaOptions> = {
  config: group<AlibabaOptions>({
    fail_on_missing_metadata: ownFailOnMissing(),
    resource_attributes: switches(['cloud.platform', 'cloud.provider', ...paths.map(([name]) => name)]),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'alibaba_cloud')
          .set('cloud.platform', 'alibaba_cloud_ecs');
        try {
          const token = await client.value(
            {
              url: `${origin}/latest/api/token`,
              method: 'PUT',
              headers: { 'x-aliyun-ecs-metadata-token-ttl-seconds': '21600' },
            },
            signal,
          );
          const headers = { 'x-aliyun-ecs-metadata-token': token };
          for (const [name, path] of paths) {
            const text = await client.value({ url: `${origin}/latest/meta-data/${path}`, headers }, signal);
            found.set(name, text);
          }
          return found.found();
        } catch (error) {
          return unavailable('the metadata of Alibaba Cloud', error, failOnMissing || options.fail_on_missing_metadata);
        }
      },
    };
  },
};
