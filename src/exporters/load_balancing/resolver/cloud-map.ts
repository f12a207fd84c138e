import { Cancellation } from '../../../component/cancellation.js';
import type { SignalContext } from '../../../component/define.js';
import type { LogFields } from '../../../component/telemetry.js';
import { awsKeys, awsOrigin } from '../../../aws/keys.js';
import { Imds } from '../../../aws/imds.js';
import type { AwsServices } from '../../../aws/services.js';
import { signedHeaders } from '../../../aws/signature.js';
import { Clients } from '../../../metadata/clients.js';
import { MetadataDocument } from '../../../metadata/document.js';
import type { MetadataReply } from '../../../metadata/exchange.js';
import { cutText } from '../../../component/peer-text.js';
import type { AwsResolverConfig } from '../config.js';
import type { PolledSource } from './polled.js';

/** The values that zero, or less, stands for. */
const defaultIntervalMs = 30_000;
const defaultTimeoutMs = 5000;
const defaultRegion = 'us-east-1';
/** AWS gives a part of them by chance where there are more; its own default is 100. */
const mostInstances = 1000;
const contentType = 'application/x-amz-json-1.1';
const target = 'Route53AutoNaming_v20170314.DiscoverInstances';
/** How long connections are kept, milliseconds. */
const idleMs = 90_000;

/** The instances of a service in AWS Cloud Map, by `DiscoverInstances`. */
export class CloudMapSource implements PolledSource {
  readonly name = 'aws_cloud_map';
  readonly intervalMs: number;
  readonly about: LogFields;
  readonly #config: AwsResolverConfig;
  readonly #services: AwsServices;
  readonly #imds: Imds;
  readonly #origin: string;
  readonly #region: string;
  #asking: Cancellation | undefined;

  constructor(
    config: AwsResolverConfig,
    { clock, random, buildInfo }: Pick<SignalContext, 'clock' | 'random' | 'buildInfo'>,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    const { namespace, service_name, interval } = config;
    this.intervalMs = interval > 0 ? interval : defaultIntervalMs;
    this.about = { namespace, service_name };
    this.#config = config;
    const clients = new Clients({
      proxyUrl: '',
      http2: false,
      idleMs,
      keepAlive: true,
      mostConnections: 0,
      headers: [],
      tls: () => defaultTls,
      clock,
      buildInfo,
    });
    this.#services = { clients, env, clock, random };
    this.#imds = new Imds({ maxAttempts: 3, maxBackoffMs: 1000 }, this.#services);
    this.#region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || defaultRegion;
    this.#origin = awsOrigin(env, 'servicediscovery', this.#region);
  }

  async find(): Promise<readonly string[]> {
    const { clock, clients } = this.#services;
    const { timeout } = this.#config;
    const signal = (this.#asking = Cancellation.timeout(clock, timeout > 0 ? timeout : defaultTimeoutMs));
    const keys = await awsKeys(this.#services, this.#imds, this.#region, signal);
    const body = JSON.stringify(this.#question());
    // The host goes as the header that each request has.
    const { host: _host, ...headers } = signedHeaders(
      {
        host: new URL(this.#origin).host,
        path: '/',
        contentType,
        target,
        body,
        region: this.#region,
        service: 'servicediscovery',
        atMs: clock.unixMs(),
      },
      keys,
    );
    const reply = await clients.remote().ask({ url: `${this.#origin}/`, method: 'POST', headers, body }, signal);
    if (reply.status !== 200) throw new Error(refusal(reply));
    const found = MetadataDocument.parse(reply.text, 'the answer to DiscoverInstances').objects('Instances');
    const endpoints = found.flatMap((instance) => this.#endpointOf(instance.object('Attributes')) ?? []);
    if (endpoints.length === 0) throw new Error('no instance of the service has an address');
    return endpoints;
  }

  async close(): Promise<void> {
    this.#asking?.abort('drain');
    await this.#services.clients.close();
  }

  #question(): object {
    const { namespace, service_name, health_status, owner_account } = this.#config;
    return {
      NamespaceName: namespace,
      ServiceName: service_name,
      HealthStatus: health_status,
      MaxResults: mostInstances,
      ...(owner_account === '' ? {} : { OwnerAccount: owner_account }),
    };
  }

  /** Undefined for an instance without an address or a port, such as an alias of a load balancer. */
  #endpointOf(attributes: MetadataDocument): string | undefined {
    const address = attributes.text('AWS_INSTANCE_IPV4');
    const port = this.#config.port === '' ? attributes.text('AWS_INSTANCE_PORT') : this.#config.port;
    return address === '' || port === '' ? undefined : `${address}:${port}`;
  }
}

const defaultTls = {};

/** `{"__type": "ServiceNotFound", "message": "…"}` in words, with what to do. */
function refusal({ status, text }: MetadataReply): string {
  let [kind, said] = ['', ''];
  try {
    const document = MetadataDocument.parse(text, 'the answer');
    kind = document.text('__type').replace(/^.*#/, '');
    said = document.text('message') || document.text('Message');
  } catch {
    said = text;
  }
  const what = `DiscoverInstances failed with status ${status}: ${cutText(`${kind} ${said}`.trim(), 256)}`;
  return kind === 'AccessDeniedException' || status === 403
    ? `${what}. The role needs the permission servicediscovery:DiscoverInstances`
    : what;
}
