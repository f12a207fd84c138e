import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { notHere, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';

const attributes = [
  'aws.ecs.cluster.arn',
  'aws.ecs.launchtype',
  'aws.ecs.task.arn',
  'aws.ecs.task.family',
  'aws.ecs.task.id',
  'aws.ecs.task.revision',
  'aws.log.group.arns',
  'aws.log.group.names',
  'aws.log.stream.arns',
  'aws.log.stream.names',
  'cloud.account.id',
  'cloud.availability_zone',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
] as const;

export type EcsOptions = Switched<(typeof attributes)[number]>;

/** The task metadata endpoint of Amazon ECS, version 4 or 3, whose address is in the environment of each container. */
export const ecs: DetectorKind<EcsOptions> = {
  config: group<EcsOptions>({ resource_attributes: switches(attributes) }),
  create(options, { clients, env, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        const endpoint =
          (env['ECS_CONTAINER_METADATA_URI_V4'] ?? '').trim() || (env['ECS_CONTAINER_METADATA_URI'] ?? '').trim();
        if (endpoint === '') {
          if (failOnMissing) throw new Error('no task metadata endpoint in the environment: this is not Amazon ECS');
          return notHere('no task metadata endpoint in the environment');
        }
        const task = MetadataDocument.parse(
          await client.text({ url: `${endpoint}/task` }, signal),
          'the metadata of the task',
        );
        const arn = task.text('TaskARN');
        const [, , , region = '', account = ''] = arn.split(':');
        const cluster = task.text('Cluster');
        const launchType = task.text('LaunchType').toLowerCase();
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'aws')
          .set('cloud.platform', 'aws_ecs')
          .set('aws.ecs.task.arn', arn)
          .set('aws.ecs.task.id', arn.slice(arn.lastIndexOf('/') + 1))
          .set('aws.ecs.task.family', task.text('Family'))
          .set('aws.ecs.task.revision', task.text('Revision'))
          .set('cloud.region', region || undefined)
          .set('cloud.account.id', account || undefined)
          // Some versions give the name in place of the ARN.
          .set('aws.ecs.cluster.arn', cluster.includes(':') ? cluster : arnOf(region, account, cluster))
          .set('cloud.availability_zone', task.text('AvailabilityZone') || undefined)
          .set('aws.ecs.launchtype', ['ec2', 'fargate'].includes(launchType) ? launchType : undefined);
        let self: string;
        try {
          const container = await client.text({ url: endpoint }, signal);
          self = MetadataDocument.parse(container, 'the metadata of the container').text('DockerId');
        } catch (error) {
          if (failOnMissing) throw error;
          return found.found(undefined, error as Error);
        }
        const logs = logsOf(task, self, account);
        return found
          .set('aws.log.group.names', listed(logs.map((log) => log.group)))
          .set('aws.log.group.arns', listed(logs.map((log) => log.groupArn)))
          .set('aws.log.stream.names', listed(logs.map((log) => log.stream)))
          .set('aws.log.stream.arns', listed(logs.map((log) => log.streamArn)))
          .found();
      },
    };
  },
};

function arnOf(region: string, account: string, cluster: string): string {
  return `arn:aws:ecs:${region}:${account}:cluster/${cluster}`;
}

interface LogPlace {
  readonly group: string;
  readonly groupArn: string;
  readonly stream: string;
  readonly streamArn: string;
}

/** Where the applications of the task log to: all running containers that use CloudWatch, but this one. */
function logsOf(task: MetadataDocument, self: string, account: string): readonly LogPlace[] {
  return task
    .objects('Containers')
    .filter(
      (each) =>
        each.text('Type') === 'NORMAL' &&
        each.text('KnownStatus') === 'RUNNING' &&
        each.text('LogDriver') === 'awslogs' &&
        each.text('DockerId') !== self,
    )
    .map((each) => each.object('LogOptions'))
    .filter((log) => log.texts().some(([, value]) => value !== ''))
    .map((log) => {
      const name = log.text('awslogs-group');
      const stream = log.text('awslogs-stream');
      const groupArn = `arn:aws:logs:${log.text('awslogs-region')}:${account}:log-group:${name}`;
      return { group: name, groupArn, stream, streamArn: `${groupArn}:log-stream:${stream}` };
    });
}

/** A list without elements is no attribute. */
function listed(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values;
}
