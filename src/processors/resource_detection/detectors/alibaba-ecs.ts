import { group } from '../../../component/schema/schema.js';
import { switches, type Switched } from '../detection/attributes.js';
import type { DetectorKind } from '../detection/detector.js';
import { singleValues, type SingleValues } from '../metadata/single-values.js';
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

const service: SingleValues<(typeof paths)[number][0]> = {
  what: 'the metadata of Alibaba Cloud',
  provider: 'alibaba_cloud',
  platform: 'alibaba_cloud_ecs',
  paths,
  url: `${origin}/latest/meta-data`,
  async headers(client, signal) {
    const token = await client.value(
      {
        url: `${origin}/latest/api/token`,
        method: 'PUT',
        headers: { 'x-aliyun-ecs-metadata-token-ttl-seconds': '21600' },
      },
      signal,
    );
    return { 'x-aliyun-ecs-metadata-token': token };
  },
};

/** An ECS instance of Alibaba Cloud. */
export const alibabaEcs: DetectorKind<AlibabaOptions> = {
  config: group<AlibabaOptions>({
    fail_on_missing_metadata: ownFailOnMissing(),
    resource_attributes: switches(['cloud.platform', 'cloud.provider', ...paths.map(([name]) => name)]),
  }),
  create: (options, services) =>
    singleValues(service, options, services, services.failOnMissing || options.fail_on_missing_metadata),
};
