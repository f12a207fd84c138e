import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { notHere, unavailable, type DetectorKind } from '../detection/detector.js';
import { azureCompute } from '../metadata/azure-imds.js';
import type { MetadataDocument } from '../../../metadata/document.js';

export type AksOptions = Switched<'cloud.platform' | 'cloud.provider' | 'k8s.cluster.name'>;

/** The Kubernetes service of Azure: a pod on a machine of Azure. */
export const aks: DetectorKind<AksOptions> = {
  config: group<AksOptions>({
    resource_attributes: switches(['cloud.platform', 'cloud.provider'], ['k8s.cluster.name']),
  }),
  create(options, services) {
    return {
      async detect(signal) {
        if ((services.env['KUBERNETES_SERVICE_HOST'] ?? '') === '') {
          if (services.failOnMissing) throw new Error('KUBERNETES_SERVICE_HOST is not set: this is not AKS');
          return notHere('KUBERNETES_SERVICE_HOST is not set');
        }
        let machine: MetadataDocument;
        try {
          machine = await azureCompute(services, signal);
        } catch (error) {
          return unavailable('the metadata of Azure', error, services.failOnMissing);
        }
        return new FoundAttributes(options)
          .set('cloud.provider', 'azure')
          .set('cloud.platform', 'azure_aks')
          .set('k8s.cluster.name', clusterName(machine.text('resourceGroupName')))
          .found();
      },
    };
  },
};

/**
 * The cluster in the name of the resource group that Azure makes for it, `MC_<group>_<cluster>_<location>`; the whole
 * name, which is as unique, where that has another form.
 */
export function clusterName(resourceGroup: string): string {
  const [mark = '', , cluster = '', ...rest] = resourceGroup.split('_');
  return mark.toLowerCase() === 'mc' && rest.length === 1 ? cluster : resourceGroup;
}
