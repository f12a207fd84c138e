import { group } from '../../../component/schema/schema.js';
import { switches, type Switched } from '../detection/attributes.js';
import type { DetectorKind } from '../detection/detector.js';
import { singleValues, type SingleValues } from '../metadata/single-values.js';
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

const service: SingleValues<(typeof paths)[number][0]> = {
  what: 'the metadata of Tencent Cloud',
  provider: 'tencent_cloud',
  platform: 'tencent_cloud_cvm',
  paths,
  url: 'http://metadata.tencentyun.com/latest/meta-data',
};

/** A CVM instance of Tencent Cloud. */
export const tencentCvm: DetectorKind<TencentOptions> = {
  config: group<TencentOptions>({
    fail_on_missing_metadata: ownFailOnMissing(),
    resource_attributes: switches(['cloud.platform', 'cloud.provider', ...paths.map(([name]) => name)]),
  }),
  create: (options, services) =>
    singleValues(service, options, services, services.failOnMissing || options.fail_on_missing_metadata),
};
