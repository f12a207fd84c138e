import type { SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { StatusParts } from '../../component/status-parts.js';
import type { ApiClient } from '../../kubernetes/api-client.js';
import type { ObjectFeed } from '../../kubernetes/feed/feed.js';
import type { Versions } from '../../kubernetes/feed/versions.js';
import { WatchFeed, type Beginning } from '../../kubernetes/feed/watch-feed.js';
import { selectionKey, type ObjectSelection } from '../../kubernetes/resource.js';
import type { Batch } from '../../otlp/batch.js';
import type { Config, ObjectConfig } from './config.js';
import { ObjectFilter } from './object-filter.js';
import { PullFeed } from './pull-feed.js';
import { watchedRecords } from './records.js';
import type { KnownObjects } from './resources.js';

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
  const filter = new ObjectFilter(object);
  const parts = {
    ...{ client, selection, clock, random, logger },
    status: new FailureStatus(clock, status.part(part)),
  };
  const { version } = buildInfo;
  if (object.mode === 'pull') {
    const intervalMs = object.interval === 0 ? usualIntervalMs : object.interval;
    return new PullFeed({ ...parts, filter, send, version }, intervalMs, object.resource_version);
  }
  const key = selectionKey(selection);
  return new WatchFeed(
    {
      ...parts,
      deliver(type, objects) {
        const wanted = filter.wantsType(type) ? objects.filter((each) => filter.wants(each)) : [];
        if (wanted.length === 0) return Promise.resolve(true);
        const words = { resource: selection.resource.plural, version, observedMs: clock.unixMs() };
        return send(watchedRecords(type, wanted, words));
      },
      onVersion: (delivered) => versions.set(key, delivered),
    },
    beginningOf(config, object, versions.of(key)),
  );
}

function beginningOf(config: Config, object: ObjectConfig, delivered: string | undefined): Beginning {
  if (config.include_initial_state) return { kind: 'objects', after: delivered ?? '' };
  if (delivered !== undefined) return { kind: 'delivered', version: delivered };
  const { resource_version: version } = object;
  return version === '' || version === '0' ? { kind: 'now' } : { kind: 'configured', version };
}
