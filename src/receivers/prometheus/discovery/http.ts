import { Cancellation } from '../../../component/cancellation.js';
import type { Clock } from '../../../component/clock.js';
import type { Logger } from '../../../component/telemetry.js';
import { shownUrl } from '../../../component/shown-url.js';
import type { CredentialedClient } from '../target/client.js';
import type { TargetGroup } from '../target/target.js';
import type { Discovery } from './discovery.js';
import { groupsOfJson, mostJson } from './groups.js';

/** Targets from an HTTP endpoint. While it does not answer, the targets are those that it gave before. */
export class HttpDiscovery implements Discovery {
  readonly #url: string;
  readonly #refreshMs: number;
  readonly #client: CredentialedClient;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #found: (groups: readonly TargetGroup[]) => void = () => {};
  #cancelTimer: (() => void) | undefined;
  #cancellation: Cancellation = new Cancellation();
  #asking: Promise<void> = Promise.resolve();
  #last: string | undefined;

  constructor(url: string, refreshMs: number, client: CredentialedClient, clock: Clock, logger: Logger) {
    this.#url = url;
    this.#refreshMs = refreshMs;
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  start(found: (groups: readonly TargetGroup[]) => void): void {
    this.#found = found;
    this.#asking = this.#ask();
  }

  async stop(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancellation.abort('drain');
    await this.#asking;
    await this.#client.close();
  }

  async #ask(): Promise<void> {
    const cancellation = (this.#cancellation = new Cancellation());
    const timer = this.#clock.after(this.#refreshMs, () => cancellation.abort('deadline'));
    try {
      const text = await this.#fetch(cancellation);
      const groups = groupsOfJson(text);
      if (text !== this.#last && cancellation.cancelledBy !== 'drain') {
        this.#last = text;
        this.#found(
          groups.map(({ targets, labels }) => ({ targets, labels: { ...labels, __meta_url: shownUrl(this.#url) } })),
        );
      }
    } catch (error) {
      if (cancellation.cancelledBy !== 'drain')
        this.#logger.error('Unable to refresh target groups', { url: shownUrl(this.#url), error });
    } finally {
      timer();
    }
    if (cancellation.cancelledBy === 'drain') return;
    this.#cancelTimer = this.#clock.after(this.#refreshMs, () => {
      this.#asking = this.#ask();
    });
  }

  async #fetch(signal: Cancellation): Promise<string> {
    const headers = {
      accept: 'application/json',
      'x-prometheus-refresh-interval-seconds': String(this.#refreshMs / 1000),
    };
    const reply = await this.#client.get(this.#url, headers, signal);
    if (reply.status !== 200) {
      await reply.discard();
      throw new Error(`server returned HTTP status ${reply.status}`);
    }
    const type = reply.header('content-type') ?? '';
    if (!/^application\/json\s*(?:;|$)/i.test(type.trim())) {
      await reply.discard();
      throw new Error(`unsupported content type ${JSON.stringify(type.slice(0, 60))}`);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of reply.body) {
      size += chunk.length;
      if (size > mostJson) throw new Error(`the list is larger than ${mostJson} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}
