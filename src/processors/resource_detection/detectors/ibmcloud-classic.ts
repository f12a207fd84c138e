import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';

const paths = [
  ['host.id', 'getId'],
  ['host.name', 'getHostname'],
  ['cloud.availability_zone', 'getDatacenter'],
  ['cloud.account.id', 'getAccountId'],
  ['cloud.resource_id', 'getGlobalIdentifier'],
] as const;
export type ClassicOptions = Switched<'cloud.platform' | 'cloud.provider' | (typeof paths)[number][0]>;

const url = 'https://api.service.softlayer.com/rest/v3.1/SoftLayer_Resource_Metadata';

/** A classic server of IBM Cloud (SoftLayer), whose metadata service answers in its private network alone. */
export const ibmcloudClassic: DetectorKind<ClassicOptions> = {
  config: group<ClassicOptions>({
    resource_attributes: switches(['cloud.platform', 'cloud.provider', ...paths.map(([name]) => name)]),
  }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'ibm_cloud')
          .set('cloud.platform', 'ibm_cloud.classic');
        try {
          for (const [name, method] of paths)
            found.set(name, await client.value({ url: `${url}/${method}.txt` }, signal));
          return found.found();
        } catch (error) {
          return unavailable('the metadata of IBM Cloud Classic', error, failOnMissing);
        }
      },
    };
  },
};
