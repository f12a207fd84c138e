import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { notHere, type DetectorKind } from '../detection/detector.js';

const attributes = [
  'aws.log.group.names',
  'aws.log.stream.names',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'faas.instance',
  'faas.max_memory',
  'faas.name',
  'faas.version',
] as const;

export type LambdaOptions = Switched<(typeof attributes)[number]>;

/** The environment that AWS Lambda gives to a function. */
export const lambda: DetectorKind<LambdaOptions> = {
  config: group<LambdaOptions>({ resource_attributes: switches(attributes) }),
  create(options, { env, failOnMissing }) {
    return {
      detect: () => {
        const name = env['AWS_LAMBDA_FUNCTION_NAME'] ?? '';
        if (name === '') {
          if (failOnMissing) throw new Error('AWS_LAMBDA_FUNCTION_NAME is not set: this is not AWS Lambda');
          return Promise.resolve(notHere('AWS_LAMBDA_FUNCTION_NAME is not set'));
        }
        const logGroup = env['AWS_LAMBDA_LOG_GROUP_NAME'];
        const stream = env['AWS_LAMBDA_LOG_STREAM_NAME'];
        return Promise.resolve(
          new FoundAttributes(options)
            .set('cloud.provider', 'aws')
            .set('cloud.platform', 'aws_lambda')
            .set('cloud.region', env['AWS_REGION'])
            .set('faas.name', name)
            .set('faas.version', env['AWS_LAMBDA_FUNCTION_VERSION'])
            .set('faas.instance', stream)
            // Text, in MiB, as the Collector has it.
            .set('faas.max_memory', env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'])
            .set('aws.log.group.names', logGroup === undefined ? undefined : [logGroup])
            .set('aws.log.stream.names', stream === undefined ? undefined : [stream])
            .found(),
        );
      },
    };
  },
};
