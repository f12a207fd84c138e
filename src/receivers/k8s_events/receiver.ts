import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import { joinElection } from '../../component/leader-election.js';
import type { Host } from '../../component/lifecycle.js';
import { StatusParts } from '../../component/status-parts.js';
import { openStorage } from '../../component/storage.js';
import { UntilTaken } from '../../intake/until-taken.js';
import { AccessError } from '../../kubernetes/access/access-error.js';
import { Cluster } from '../../kubernetes/cluster.js';
import { Versions } from '../../kubernetes/feed/versions.js';
import { WatchFeed, type ChangeType } from '../../kubernetes/feed/watch-feed.js';
import { apiText, type ApiJson } from '../../kubernetes/json.js';
import { events, selectionKey } from '../../kubernetes/resource.js';
import type { Config } from './config.js';
import { eventRecords } from './records.js';
import { RepeatedChanges } from './repeated-changes.js';
import { modifiedFiltered } from './telemetry.js';

/** Sends events of the cluster as log records, while it leads where there is an election. */
export class K8sEventsReceiver implements Receiver {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #outlet: UntilTaken;
  readonly #repeated: RepeatedChanges;
  readonly #leftOut: { add(n: number): void };
  readonly #status: StatusParts = new StatusParts();
  #versions: Versions | undefined;
  #cluster: Cluster | undefined;
  #feeds: readonly WatchFeed[] = [];
  #leave: (() => Promise<void>) | undefined;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    this.#outlet = new UntilTaken(context, next);
    this.#repeated = new RepeatedChanges(config.dedup_interval, context.clock);
    this.#leftOut = context.meter.counter(modifiedFiltered, {});
  }

  async start(host: Host): Promise<void> {
    const { logger } = this.#context;
    const { storage } = this.#config;
    this.#status.attach((event) => host.report(event));
    const stored = storage === '' ? undefined : await openStorage(storage, host, this.#context, '');
    const versions = new Versions(stored, logger);
    this.#versions = versions;
    await versions.load();
    try {
      this.#cluster = new Cluster(this.#config, this.#context);
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      logger.error('The API cannot be reached; no events are read', { error: error.message });
      host.report({ status: 'permanent_error', error });
      return;
    }
    const cluster = this.#cluster;
    this.#leave = joinElection(this.#config.k8s_leader_elector, host, {
      lead: () => this.#lead(cluster, versions),
      stepDown: () => this.#stepDown(versions),
    });
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  #lead({ client }: Cluster, versions: Versions): void {
    const { succession, clock, random, logger } = this.#context;
    versions.inherit(succession, this.#place);
    const { namespaces } = this.#config;
    this.#feeds = (namespaces.length === 0 ? [''] : [...new Set(namespaces)]).map((namespace) => {
      const selection = { resource: events, namespace, labels: '', fields: '' };
      const key = selectionKey(selection);
      const delivered = versions.of(key);
      const part = namespace === '' ? 'events' : `events of ${namespace}`;
      return new WatchFeed(
        {
          ...{ client, selection, clock, random, logger },
          status: new FailureStatus(clock, this.#status.part(part)),
          deliver: (type, objects) => this.#deliver(type, objects),
          onVersion: (version) => versions.set(key, version),
        },
        delivered === undefined ? { kind: 'now' } : { kind: 'delivered', version: delivered },
      );
    });
    for (const feed of this.#feeds) feed.start();
  }

  async #stepDown(versions: Versions): Promise<void> {
    const feeds = this.#feeds;
    this.#feeds = [];
    await Promise.all(feeds.map((feed) => feed.stop()));
    if (!this.#ending) versions.forget();
  }

  async #deliver(type: ChangeType, objects: readonly ApiJson[]): Promise<boolean> {
    // The server deletes an event when it is an hour old, which is nothing new.
    if (type === 'DELETED') return true;
    const wanted = type === 'ADDED' ? objects : objects.filter((event) => this.#takesChange(event));
    if (wanted.length === 0) return true;
    return this.#outlet.send(eventRecords(wanted, this.#context.buildInfo.version));
  }

  #takesChange(event: ApiJson): boolean {
    const takes = this.#repeated.takes(apiText(event, 'metadata', 'uid') ?? '');
    if (!takes) this.#leftOut.add(1);
    return takes;
  }

  get #place(): string {
    return `receiver ${this.#context.id} ${this.#context.signal}`;
  }

  async #end(deadline: AbortSignal): Promise<void> {
    const { succession, clock } = this.#context;
    await this.#outlet.end(deadline, async () => {
      await this.#leave?.();
    });
    await this.#versions?.close();
    await this.#cluster?.close();
    this.#versions?.bequeath(succession, this.#place, clock);
  }
}
