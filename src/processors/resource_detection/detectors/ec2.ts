import type { CancelSignal } from '../../../component/cancellation.js';
import { duration, flag, group, int, type Schema } from '../../../component/schema/schema.js';
import { askEc2 } from '../aws/ec2-api.js';
import { Imds } from '../../../aws/imds.js';
import { elementsAt, textAt } from '../../../aws/xml.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { unavailable, type Detected, type DetectorKind, type DetectorServices } from '../detection/detector.js';
import { nameMatcher, namePatterns } from '../metadata/matching.js';

export const ec2Attributes = [
  'cloud.account.id',
  'cloud.availability_zone',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'host.id',
  'host.image.id',
  'host.name',
  'host.type',
] as const;

export interface Ec2Options extends Switched<(typeof ec2Attributes)[number]> {
  readonly fail_on_missing_metadata: boolean;
  readonly max_attempts: number;
  readonly max_backoff: number;
  readonly tags: readonly string[];
  readonly tags_from_imds: boolean;
}

/** The deprecated option of some detectors, which the one of the processor has replaced. */
export function ownFailOnMissing(): Schema<boolean> {
  return flag(false, {
    about: 'Deprecated: the same as `fail_on_missing_metadata` of the processor, for this detector.',
  });
}

/** The instance metadata service of EC2; tags from there, or from the API of EC2. */
export const ec2: DetectorKind<Ec2Options> = {
  config: group<Ec2Options>({
    fail_on_missing_metadata: ownFailOnMissing(),
    max_attempts: int(
      3,
      { about: 'Requests of one kind to the metadata service; 0: as many as there is time for.' },
      (value) => (value < 0 ? '"max_attempts" must not be negative' : undefined),
    ),
    max_backoff: duration('20s', { about: 'Longest pause between two such requests.' }, (value) =>
      value < 0 ? '"max_backoff" must not be negative' : undefined,
    ),
    tags: namePatterns('tags of the instance'),
    tags_from_imds: flag(false, {
      about:
        'Tags come from the metadata service, where they must be switched on, in place of the API of EC2, which ' +
        'needs `ec2:DescribeTags`.',
    }),
    resource_attributes: switches(ec2Attributes),
  }),
  create(options, services) {
    const imds = new Imds({ maxAttempts: options.max_attempts, maxBackoffMs: options.max_backoff }, services);
    const fails = services.failOnMissing || options.fail_on_missing_metadata;
    return {
      async detect(signal) {
        try {
          await imds.text('meta-data/instance-id', signal);
        } catch (error) {
          return unavailable('EC2 metadata', error, fails);
        }
        const identity = await imds.identity(signal);
        const hostname = await imds.text('meta-data/hostname', signal);
        const found = new FoundAttributes(options)
          .set('cloud.provider', 'aws')
          .set('cloud.platform', 'aws_ec2')
          .set('cloud.region', identity.region)
          .set('cloud.account.id', identity.accountId)
          .set('cloud.availability_zone', identity.availabilityZone)
          .set('host.id', identity.instanceId)
          .set('host.image.id', identity.imageId)
          .set('host.type', identity.instanceType)
          .set('host.name', hostname);
        if (options.tags.length === 0) return found.found();
        return withTags(found, () =>
          options.tags_from_imds
            ? tagsOfImds(imds, nameMatcher(options.tags), signal)
            : tagsOfApi(identity.region, identity.instanceId, imds, nameMatcher(options.tags), services, signal),
        );
      },
    };
  },
};

type Tags = readonly (readonly [name: string, value: string])[];

/** Without its tags an instance is known all the same. */
async function withTags(
  found: FoundAttributes<(typeof ec2Attributes)[number]>,
  tagsOf: () => Promise<Tags>,
): Promise<Detected> {
  let tags: Tags;
  try {
    tags = await tagsOf();
  } catch (error) {
    return found.found(undefined, new Error(`tags of the instance: ${(error as Error).message}`, { cause: error }));
  }
  for (const [name, value] of tags) found.add(`ec2.tag.${name}`, value);
  return found.found();
}

/** Each is asked for alone. AWS allows 50 for an instance. */
const mostTags = 256;

async function tagsOfImds(imds: Imds, matches: (name: string) => boolean, signal: CancelSignal): Promise<Tags> {
  const path = 'meta-data/tags/instance';
  const names = (await imds.text(path, signal)).split('\n').filter((name) => name !== '' && matches(name));
  if (names.length > mostTags) throw new Error(`the instance has more than ${mostTags} of them`);
  const tags: [string, string][] = [];
  for (const name of names) tags.push([name, await imds.text(`${path}/${encodeURIComponent(name)}`, signal)]);
  return tags;
}

async function tagsOfApi(
  region: string,
  instanceId: string,
  imds: Imds,
  matches: (name: string) => boolean,
  services: DetectorServices,
  signal: CancelSignal,
): Promise<Tags> {
  const parameters = { Action: 'DescribeTags', 'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': instanceId };
  const answer = await askEc2(parameters, region, imds, services, signal);
  return elementsAt(answer, 'tagSet', 'item')
    .map((item) => [textAt(item, 'key'), textAt(item, 'value')] as const)
    .filter(([name]) => matches(name));
}
