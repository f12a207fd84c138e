import type { SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { StatusParts } from '../../component/status-parts.js';
import type { ApiClient } from '../../kubernetes/api-client.js';
import { selectionKey, type ObjectSelection } from '../../kubernetes/resource.js';
import type { Batch } from '../../otlp/batch.js';
import type { Config, ObjectConfig } from './config.js';
import type { ObjectFeed, FeedParts } from './feed.js';
import { ObjectFilter } from './object-filter.js';
import { PullFeed } from './pull-feed.js';
import type { KnownObjects } from './resources.js';
import type { Versions } from './versions.js';
import { WatchFeed, type Beginning } from './watch-feed.js';

const usualIntervalMs = 3_600_000;

export interface CollectionParts {
  readonly context: SignalContext;
  readonly client: ApiClient;
  readonly status: StatusParts;
  readonly versions: Versions;
  send(batch: Batch): Promise<boolean>;
}

/** All objects of the configuration while this process reads them. */
export class Collection {
  readonly #feeds: readonly ObjectFeed[];

  constructor(config: Config, known: readonly KnownObjects[], parts: CollectionParts) {
    this.#feeds = known.flatMap(({ object, resource }) =>
      (object.namespaces.length === 0 ? [''] : object.namespaces).map((namespace) =>
        feedOf(config, object, parts, {
          resource,
          namespace,
          labels: object.label_selector,
          fields: object.field_selector,
        }),
      ),
    );
    for (const feed of this.#feeds) feed.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.stop()));
  }
}

function feedOf(config: Config, object: ObjectConfig, all: CollectionParts, selection: ObjectSelection): ObjectFeed {
  const { context, client, status, versions, send } = all;
  const { clock, random, logger, buildInfo } = context;
  const { namespace } = selection;
  const part = namespace === '' ? selection.resource.plural : `${selection.resource.plural} of ${namespace}`;
  const parts: FeedParts = {
    ...{ client, selection, send, clock, random, logger, version: buildInfo.version },
    filter: new ObjectFilter(object),
    status: new FailureStatus(clock, status.part(part)),
  };
  if (object.mode === 'pull')
    return new PullFeed(parts, object.interval === 0 ? usualIntervalMs : object.interval, object.resource_version);
  const key = selectionKey(selection);
  return new WatchFeed(parts, beginningOf(config, object, versions.of(key)), (version) => versions.set(key, version));
}

function beginningOf(config: Config, object: ObjectConfig, delivered: string | undefined): Beginning {
  if (config.include_initial_state) return { kind: 'objects', after: delivered ?? '' };
  if (delivered !== undefined) return { kind: 'delivered', version: delivered };
  const { resource_version: version } = object;
  return version === '' || version === '0' ? { kind: 'now' } : { kind: 'configured', version };
}
