import { group } from '../../../component/schema/schema.js';
import { switches, type Switched } from '../detection/attributes.js';
import type { DetectorKind } from '../detection/detector.js';
import { singleValues, type SingleValues } from '../metadata/single-values.js';

const paths = [
  ['host.id', 'getId'],
  ['host.name', 'getHostname'],
  ['cloud.availability_zone', 'getDatacenter'],
  ['cloud.account.id', 'getAccountId'],
  ['cloud.resource_id', 'getGlobalIdentifier'],
] as const;
export type ClassicOptions = Switched<'cloud.platform' | 'cloud.provider' | (typeof paths)[number][0]>;

const service: SingleValues<(typeof paths)[number][0]> = {
  what: 'the metadata of IBM Cloud Classic',
  provider: 'ibm_cloud',
  platform: 'ibm_cloud.classic',
  paths,
  url: 'https://api.service.softlayer.com/rest/v3.1/SoftLayer_Resource_Metadata',
  suffix: '.txt',
};

/** A classic server of IBM Cloud (SoftLayer), whose metadata service answers in its private network alone. */
export const ibmcloudClassic: DetectorKind<ClassicOptions> = {
  config: group<ClassicOptions>({
    resource_attributes: switches(['cloud.platform', 'cloud.provider', ...paths.map(([name]) => name)]),
  }),
  create: (options, services) => singleValues(service, options, services, services.failOnMissing),
};
