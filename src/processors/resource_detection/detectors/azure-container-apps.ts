import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { notHere, schema143, type DetectorKind } from '../detection/detector.js';

const attributes = ['azure.container_app.instance.id', 'cloud.platform', 'cloud.provider', 'service.name'] as const;
export type ContainerAppsOptions = Switched<(typeof attributes)[number]>;

/** The environment of Azure Container Apps. */
export const azureContainerApps: DetectorKind<ContainerAppsOptions> = {
  config: group<ContainerAppsOptions>({ resource_attributes: switches(attributes) }),
  create(options, { env, failOnMissing }) {
    return {
      detect: () => {
        const name = env['CONTAINER_APP_NAME'] ?? '';
        if (name === '') {
          if (failOnMissing) throw new Error('CONTAINER_APP_NAME is not set: this is not Azure Container Apps');
          return Promise.resolve(notHere('CONTAINER_APP_NAME is not set'));
        }
        return Promise.resolve(
          new FoundAttributes(options)
            .set('cloud.provider', 'azure')
            .set('cloud.platform', 'azure.container_apps')
            .set('service.name', name)
            .set('azure.container_app.instance.id', env['CONTAINER_APP_REPLICA_NAME'] || undefined)
            .found(schema143),
        );
      },
    };
  },
};
