import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { notHere, schema143, type DetectorKind } from '../detection/detector.js';

const attributes = [
  'azure.app_service.instance.id',
  'azure.resource_group.name',
  'cloud.account.id',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'cloud.resource_id',
  'deployment.environment.name',
  'service.name',
] as const;
export type AppServiceOptions = Switched<(typeof attributes)[number]>;

/** The environment of Azure App Service. A function app, which has the same and more, is none. */
export const azureAppService: DetectorKind<AppServiceOptions> = {
  config: group<AppServiceOptions>({ resource_attributes: switches(attributes) }),
  create(options, { env, failOnMissing }) {
    return {
      detect: () => {
        const site = env['WEBSITE_SITE_NAME'] ?? '';
        if (site === '' || (env['FUNCTIONS_EXTENSION_VERSION'] ?? '') !== '') {
          if (failOnMissing) throw new Error('WEBSITE_SITE_NAME is not set: this is not Azure App Service');
          return Promise.resolve(notHere('no environment of Azure App Service'));
        }
        const resourceGroup = env['WEBSITE_RESOURCE_GROUP'] ?? '';
        const subscription = (env['WEBSITE_OWNER_NAME'] ?? '').split('+')[0] ?? '';
        const id =
          subscription === '' || resourceGroup === ''
            ? undefined
            : `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${site}`;
        return Promise.resolve(
          new FoundAttributes(options)
            .set('cloud.provider', 'azure')
            .set('cloud.platform', 'azure.app_service')
            .set('service.name', site)
            .set('cloud.region', env['REGION_NAME'] || undefined)
            .set('cloud.account.id', subscription || undefined)
            .set('cloud.resource_id', id)
            .set('azure.resource_group.name', resourceGroup || undefined)
            .set('azure.app_service.instance.id', env['WEBSITE_INSTANCE_ID'] || undefined)
            .set('deployment.environment.name', env['WEBSITE_SLOT_NAME'] || undefined)
            .found(schema143),
        );
      },
    };
  },
};
