import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import { joinElection } from '../../component/leader-election.js';
import type { Host } from '../../component/lifecycle.js';
import { StatusParts } from '../../component/status-parts.js';
import { openStorage } from '../../component/storage.js';
import { UntilTaken } from '../../intake/until-taken.js';
import { AccessError } from '../../kubernetes/access/access-error.js';
import { ApiAttempts } from '../../kubernetes/api-attempts.js';
import { Cluster } from '../../kubernetes/cluster.js';
import { Versions } from '../../kubernetes/feed/versions.js';
import { Collection } from './collection.js';
import type { Config } from './config.js';
import { findResources, type KnownObjects } from './resources.js';

/** Sends objects of the cluster as log records, while it leads where there is an election. */
export class K8sObjectsReceiver implements Receiver {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #outlet: UntilTaken;
  readonly #status: StatusParts = new StatusParts();
  readonly #attempts: ApiAttempts;
  #versions: Versions | undefined;
  #cluster: Cluster | undefined;
  #collection: Collection | undefined;
  #beginning: Promise<void> | undefined;
  #leave: (() => Promise<void>) | undefined;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    this.#outlet = new UntilTaken(context, next);
    this.#attempts = new ApiAttempts(context.clock, context.random);
  }

  async start(host: Host): Promise<void> {
    const { logger } = this.#context;
    const { storage } = this.#config;
    this.#status.attach((event) => host.report(event));
    const stored = storage === '' ? undefined : await openStorage(storage, host, this.#context, '');
    this.#versions = new Versions(stored, logger);
    await this.#versions.load();
    try {
      this.#cluster = new Cluster(this.#config, this.#context);
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      logger.error('The API cannot be reached; no objects are read', { error: error.message });
      host.report({ status: 'permanent_error', error });
      return;
    }
    this.#beginning = this.#begin(this.#cluster, host);
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  /** Takes part once the resources are known. Never rejects. */
  async #begin(cluster: Cluster, host: Host): Promise<void> {
    const { clock, logger } = this.#context;
    const status = new FailureStatus(clock, this.#status.part('discovery'));
    try {
      const known = await findResources(this.#config, {
        client: cluster.client,
        attempts: this.#attempts,
        logger,
        onFailure: (error) => {
          logger.error('The resources of the cluster cannot be read; they are asked for again', {
            error: error.message,
          });
          status.failed(error);
        },
      });
      if (!known || this.#ending) return;
      status.succeeded();
      this.#leave = joinElection(this.#config.k8s_leader_elector, host, {
        lead: () => this.#lead(cluster, known),
        stepDown: () => this.#stepDown(),
      });
    } catch (error) {
      // The Collector does not start then.
      host.report({ status: 'fatal_error', error: error as Error });
    }
  }

  #lead(cluster: Cluster, known: readonly KnownObjects[]): void {
    const { succession } = this.#context;
    const versions = this.#versions;
    if (!versions) return;
    versions.inherit(succession, this.#place);
    this.#collection = new Collection(this.#config, known, {
      ...{ context: this.#context, client: cluster.client, status: this.#status, versions },
      send: (batch) => this.#outlet.send(batch),
    });
  }

  async #stepDown(): Promise<void> {
    const collection = this.#collection;
    this.#collection = undefined;
    await collection?.stop();
    if (!this.#ending) this.#versions?.forget();
  }

  get #place(): string {
    return `receiver ${this.#context.id} ${this.#context.signal}`;
  }

  async #end(deadline: AbortSignal): Promise<void> {
    const { succession, clock } = this.#context;
    this.#attempts.stop();
    await this.#outlet.end(deadline, async () => {
      await this.#beginning;
      await this.#leave?.();
    });
    await this.#versions?.close();
    await this.#cluster?.close();
    this.#versions?.bequeath(succession, this.#place, clock);
  }
}
