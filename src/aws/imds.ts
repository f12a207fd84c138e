import { sleep, type Clock, type Random } from '../component/clock.js';
import { abortSignal, type CancelSignal } from '../component/cancellation.js';
import type { AwsServices } from './services.js';
import type { MetadataClient } from '../metadata/clients.js';
import { MetadataDocument } from '../metadata/document.js';
import { StatusError, type MetadataReply, type MetadataRequest } from '../metadata/exchange.js';
import { withoutEnd } from '../component/without-end.js';

const usualOrigin = 'http://169.254.169.254';
const ipv6Origin = 'http://[fd00:ec2::254]';
/** How long a token is good, seconds. */
const tokenSeconds = 21_600;
/** For one exchange, milliseconds: where the service does not answer at once there is none. */
const withinMs = 2000;
/** Answers to the request for a token that mean that this service has none. */
const withoutTokens: ReadonlySet<number> = new Set([403, 404, 405]);

export interface ImdsOptions {
  /** Requests of one operation; 0 as many as there is time for. */
  readonly maxAttempts: number;
  /** Longest pause between two, milliseconds. */
  readonly maxBackoffMs: number;
}

/** The identity of an EC2 instance, as its instance metadata service has it. */
export interface InstanceIdentity {
  readonly accountId: string;
  readonly availabilityZone: string;
  readonly imageId: string;
  readonly instanceId: string;
  readonly instanceType: string;
  readonly region: string;
}

/**
 * The instance metadata service of EC2, version 2: a token is asked for first, and goes with every request. A service
 * without tokens, or behind more hops than the answer with a token passes, is asked without one, unless the
 * environment forbids that.
 */
export class Imds {
  readonly #client: MetadataClient;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #env: AwsServices['env'];
  readonly #options: ImdsOptions;
  #token: { readonly text: string; readonly endsAt: number } | 'none' | undefined;

  constructor(options: ImdsOptions, { clients, clock, random, env }: AwsServices) {
    this.#client = clients.direct();
    this.#clock = clock;
    this.#random = random;
    this.#env = env;
    this.#options = options;
  }

  /** The text at a path below `/latest/`. */
  async text(path: string, signal: CancelSignal): Promise<string> {
    if (isTrue(this.#env['AWS_EC2_METADATA_DISABLED']))
      throw new Error('AWS_EC2_METADATA_DISABLED says not to ask the instance metadata service');
    const token = await this.#tokenFor(signal);
    const reply = await this.#ask(
      {
        url: `${this.#origin()}/latest/${path}`,
        withinMs,
        ...(token !== undefined && { headers: { 'x-aws-ec2-metadata-token': token } }),
      },
      signal,
    );
    return reply.text;
  }

  async identity(signal: CancelSignal): Promise<InstanceIdentity> {
    const path = 'dynamic/instance-identity/document';
    const document = MetadataDocument.parse(await this.text(path, signal), 'the instance identity document');
    return {
      accountId: document.text('accountId'),
      availabilityZone: document.text('availabilityZone'),
      imageId: document.text('imageId'),
      instanceId: document.text('instanceId'),
      instanceType: document.text('instanceType'),
      region: document.text('region'),
    };
  }

  #origin(): string {
    const endpoint = withoutEnd(this.#env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? '', '/');
    if (endpoint !== '') return endpoint;
    const mode = (this.#env['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE'] ?? '').toLowerCase();
    return mode === 'ipv6' ? ipv6Origin : usualOrigin;
  }

  async #tokenFor(signal: CancelSignal): Promise<string | undefined> {
    const known = this.#token;
    if (known === 'none') return undefined;
    if (known !== undefined && this.#clock.now() < known.endsAt) return known.text;
    const mayGoWithout = !isTrue(this.#env['AWS_EC2_METADATA_V1_DISABLED']);
    try {
      const reply = await this.#ask(
        {
          url: `${this.#origin()}/latest/api/token`,
          method: 'PUT',
          headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(tokenSeconds) },
          withinMs,
        },
        signal,
      );
      const seconds = Number(reply.header('x-aws-ec2-metadata-token-ttl-seconds') ?? tokenSeconds);
      const text = reply.text.trim();
      if (!/^[\x21-\x7e]{1,4096}$/.test(text)) throw new Error('the instance metadata service gave no token');
      // A minute before its end another one is asked for.
      const goodMs = (Number.isFinite(seconds) ? Math.max(0, seconds - 60) : 0) * 1000;
      this.#token = { text, endsAt: this.#clock.now() + goodMs };
      return text;
    } catch (error) {
      if (!mayGoWithout) throw error;
      // A timeout may pass; an answer is final.
      if (error instanceof StatusError && withoutTokens.has(error.status)) this.#token = 'none';
      return undefined;
    }
  }

  /** Repeats what failed for a reason that may pass. */
  async #ask(request: MetadataRequest, signal: CancelSignal): Promise<MetadataReply> {
    const { maxAttempts, maxBackoffMs } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        const reply = await this.#client.ask(request, signal);
        if (reply.status !== 200) throw new StatusError(request, reply.status);
        return reply;
      } catch (error) {
        const passes = !(error instanceof StatusError) || error.status >= 500 || error.status === 429;
        if (!passes || signal.aborted || attempt === maxAttempts) throw error;
        // Up to 1 s, 2 s, 4 s...
        const most = Math.min(maxBackoffMs, 1000 * 2 ** Math.min(attempt - 1, 30));
        await sleep(this.#clock, this.#random() * most, abortSignal(signal));
        if (signal.aborted) throw error;
      }
    }
  }
}

export function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true';
}
