import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { azureCompute } from '../metadata/azure-imds.js';
import type { MetadataDocument } from '../../../metadata/document.js';
import { nameMatcher, namePatterns } from '../metadata/matching.js';

const on = [
  'azure.resourcegroup.name',
  'azure.vm.name',
  'azure.vm.scaleset.name',
  'azure.vm.size',
  'cloud.account.id',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'host.id',
  'host.name',
] as const;

export interface AzureOptions extends Switched<(typeof on)[number] | 'cloud.availability_zone'> {
  readonly tags: readonly string[];
}

/** A virtual machine of Azure. */
export const azure: DetectorKind<AzureOptions> = {
  config: group<AzureOptions>({
    tags: namePatterns('tags of the machine'),
    resource_attributes: switches(on, ['cloud.availability_zone']),
  }),
  create(options, services) {
    return {
      async detect(signal) {
        let vm: MetadataDocument;
        try {
          vm = await azureCompute(services, signal);
        } catch (error) {
          return unavailable('the metadata of Azure', error, services.failOnMissing);
        }
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'azure')
          .set('cloud.platform', 'azure_vm')
          .set('host.name', vm.object('osProfile').text('computerName') || vm.text('name'))
          .set('cloud.region', vm.text('location'))
          .set('host.id', vm.text('vmId'))
          .set('cloud.account.id', vm.text('subscriptionId'))
          .set('cloud.availability_zone', vm.text('zone') || undefined)
          .set('azure.vm.name', vm.text('name'))
          .set('azure.vm.size', vm.text('vmSize'))
          .set('azure.vm.scaleset.name', vm.text('vmScaleSetName'))
          .set('azure.resourcegroup.name', vm.text('resourceGroupName'));
        if (options.tags.length === 0) return found.found();
        const matches = nameMatcher(options.tags);
        for (const tag of vm.objects('tagsList'))
          if (matches(tag.text('name'))) found.add(`azure.tags.${tag.text('name')}`, tag.text('value'));
        return found.found();
      },
    };
  },
};
