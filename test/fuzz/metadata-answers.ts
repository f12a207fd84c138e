import { Cancellation } from '../../src/component/cancellation.js';
import type { DetectorKind } from '../../src/processors/resource_detection/detection/detector.js';
import { detectorKinds, detectorNames, keyOf } from '../../src/processors/resource_detection/detectors/all.js';
import type { Clients, MetadataClient } from '../../src/metadata/clients.js';
import { StatusError, type MetadataReply } from '../../src/metadata/exchange.js';
import { heldWorld } from '../support/held-world.js';
import { law } from './law.js';
import type { Target } from './targets.js';

/** These read files or the machine itself, or have no answers. */
const without = ['system', 'env', 'heroku', 'lambda', 'elastic_beanstalk', 'azurecontainerapps', 'azureappservice'];
const names = detectorNames.filter((name) => !without.includes(name));

const env = {
  KUBERNETES_SERVICE_HOST: 'k',
  K8S_NODE_NAME: 'n',
  ECS_CONTAINER_METADATA_URI_V4: 'http://ecs/v4',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'constructor',
};
/** Options that let a detector ask for all that it knows of. */
const options: Readonly<Record<string, object>> = {
  ec2: { tags: ['.*'], max_attempts: 1 },
  gcp: { labels: ['.*'] },
  azure: { tags: ['.*'] },
  nova: { labels: ['.*'] },
  openshift: { address: 'http://o', token: 't' },
  consul: { meta: { a: null, constructor: null } },
  eks: {
    resource_attributes: Object.fromEntries(
      ['cloud.account.id', 'cloud.region', 'host.id', 'k8s.cluster.name'].map((name) => [name, { enabled: true }]),
    ),
  },
};

/** Answers with one part after the other, the last one again and again; the fields of all answers are the same. */
class Answers implements MetadataClient {
  asked = 0;
  readonly #parts: readonly string[];

  constructor(parts: readonly string[]) {
    this.#parts = parts;
  }

  ask(): Promise<MetadataReply> {
    const text = this.#parts[Math.min(this.asked++, this.#parts.length - 1)] ?? '';
    const status = text.startsWith('!') ? 404 : 200;
    const header = (name: string): string | undefined =>
      name === 'metadata-flavor' ? 'Google' : name.endsWith('seconds') ? text.slice(0, 8) : undefined;
    return Promise.resolve({ status, text, header });
  }

  async text(request: Parameters<MetadataClient['text']>[0]): Promise<string> {
    const reply = await this.ask();
    if (reply.status !== 200) throw new StatusError(request, reply.status);
    return reply.text;
  }

  value(request: Parameters<MetadataClient['value']>[0]): Promise<string> {
    return this.text(request);
  }
}

const seed = (name: string, ...answers: readonly unknown[]): Buffer =>
  Buffer.concat([
    Buffer.from([names.indexOf(name)]),
    Buffer.from(answers.map((answer) => (typeof answer === 'string' ? answer : JSON.stringify(answer))).join('\0')),
  ]);

const identity = { accountId: '1', region: 'us-west-2', instanceId: 'i-1', instanceType: 't', imageId: 'a' };
const tags =
  '<DescribeTagsResponse><tagSet><item><key>k</key><value>a &amp; b</value></item></tagSet></DescribeTagsResponse>';
const described =
  '<r><reservationSet><item><ownerId>1</ownerId><instancesSet><item><imageId>a</imageId><tagSet><item>' +
  '<key>eks:cluster-name</key><value>c</value></item></tagSet></item></instancesSet></item></reservationSet></r>';
const value = {
  id: 7,
  name: 'n',
  hostname: 'h',
  region: 'r',
  image: { id: 'i', label: 'l' },
  location: { zone_id: 'a-1' },
};

/** Answers of metadata services. The first byte chooses the detector; NUL stands between its answers. */
export const metadataAnswers: Target = {
  name: 'metadata-answers',
  share: 0.2,
  seeds: [
    seed('ec2', 'token', 'i-1', identity, 'host', tags),
    seed('eks', { gitVersion: 'v1-eks-1' }, 'token', 'i-1', identity, described),
    seed(
      'ecs',
      { TaskARN: 'arn:aws:ecs:r:1:task/c/t', Cluster: 'c', Containers: [{ Type: 'NORMAL' }] },
      { DockerId: 'd' },
    ),
    seed('gcp', '', 'p', 'projects/1/zones/us-a-1', 'm', '7', 'n', 'h', { access_token: 't' }, { labels: { a: 'b' } }),
    seed('openshift', { status: { infrastructureName: 'o', platformStatus: { type: 'constructor', aws: {} } } }),
    seed('azure', { osProfile: {}, name: 'n', location: 'l', tagsList: [{ name: 'a', value: 'b' }] }),
    seed('nova', { uuid: 'u', hostname: 'h', meta: { a: 'b', __proto__: 'c' } }, 'type'),
    seed('consul', { Config: { NodeName: 'n', Datacenter: 'd', NodeID: 'i' }, Meta: { a: 'b', constructor: 'c' } }),
    ...names.map((name) => seed(name, value, value)),
    ...names.map((name) => seed(name, 'text', '!', '[]')),
  ],
  async run(input) {
    const name = names[(input[0] ?? 0) % names.length] ?? 'ec2';
    const answers = new Answers(input.toString('utf8', 1).split('\0'));
    const { context, clock } = heldWorld();
    const clients = { direct: () => answers, remote: () => answers, socket: () => answers } as unknown as Clients;
    const kind = detectorKinds[keyOf(name)] as DetectorKind<unknown>;
    const services = { clients, env, clock, random: () => 0, logger: context.logger, gates: new Set<string>() };
    const detector = kind.create(kind.config.parse(options[name] ?? {}), {
      ...services,
      root: '/nonexistent',
      failOnMissing: false,
    });
    let said: string;
    try {
      const cancellation = new Cancellation();
      const detecting = detector.detect(cancellation);
      // Requests that are tried again are so when time has passed.
      const ended = detecting.then(
        () => true,
        () => true,
      );
      for (let i = 0; i < 30 && !(await Promise.race([ended, clock.pass(1000).then(() => false)])); i++);
      cancellation.abort('drain');
      const found = await detecting;
      if (found.kind === 'found')
        for (const each of found.attributes.values())
          law(
            [each].flat().every((one) => ['string', 'number'].includes(typeof one)),
            'a value that is none',
          );
      said = found.kind === 'found' ? `${Math.min(9, found.attributes.size)} ${!found.incomplete}` : found.why;
    } catch (error) {
      law(error instanceof Error && error.constructor !== TypeError && error.constructor !== RangeError, String(error));
      said = error.message;
    }
    law(!/is not (?:a function|iterable)|undefined|call stack/.test(said), said);
    law(answers.asked <= 400, `${answers.asked} requests`);
    return `${name} ${said.replaceAll(/["'`].*?["'`]|https?:\S*|\d{2,}/gs, '').slice(0, 50)}`;
  },
};
