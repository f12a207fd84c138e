import { readFile } from 'node:fs/promises';
import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';

const attributes = [
  'cloud.platform',
  'cloud.provider',
  'deployment.environment',
  'deployment.environment.name',
  'deployment.id',
  'service.instance.id',
  'service.version',
] as const;

export type BeanstalkOptions = Switched<(typeof attributes)[number]>;

const gatePrefix = 'processor.resourcedetection.elasticbeanstalk.';
const path = '/var/elasticbeanstalk/xray/environment.conf';

/** The file that Elastic Beanstalk writes for AWS X-Ray, where that is switched on. */
export const elasticBeanstalk: DetectorKind<BeanstalkOptions> = {
  config: group<BeanstalkOptions>({ resource_attributes: switches(attributes) }),
  create(options, { failOnMissing, gates, root }) {
    const newNames = gates.has(`${gatePrefix}EmitV1DeploymentConventions`);
    const oldNames = !gates.has(`${gatePrefix}DontEmitV0DeploymentConventions`);
    return {
      async detect() {
        let text: string;
        try {
          text = await readFile(root + path, 'utf8');
        } catch (error) {
          return unavailable('the file of Elastic Beanstalk', error, failOnMissing);
        }
        const file = MetadataDocument.parse(text, path);
        const deployment = file.numeral('deployment_id') || '0';
        const environment = file.text('environment_name');
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'aws')
          .set('cloud.platform', 'aws_elastic_beanstalk')
          .set('service.version', file.text('version_label'));
        if (oldNames) found.set('service.instance.id', deployment).set('deployment.environment', environment);
        if (newNames) found.set('deployment.id', deployment).set('deployment.environment.name', environment);
        return found.found();
      },
    };
  },
};
