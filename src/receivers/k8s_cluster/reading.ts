import type { Cancellation } from '../../component/cancellation.js';
import type { SignalContext } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { StatusParts } from '../../component/status-parts.js';
import type { ReceiverEntry } from '../../intake/receiver-entry.js';
import type { Cluster, ObjectReading } from '../../kubernetes/cluster.js';
import type { ApiJson } from '../../kubernetes/json.js';
import { namespaces as namespaceResource, type ApiResource, type ObjectSelection } from '../../kubernetes/resource.js';
import type { Config } from './config.js';

/** The namespace that is there from the first day on: its UID stands for the cluster. */
const oldestNamespace = 'kube-system';

export interface ReportParts {
  readonly context: SignalContext;
  readonly cluster: Cluster;
  readonly status: StatusParts;
  readonly entry: ReceiverEntry;
  /** Cancels what is under way in the pipelines. */
  readonly over: Cancellation;
}

/** Takes the objects of one reading. */
export interface ObjectTaker {
  upsert(uid: string, object: ApiJson): void;
  remove(uid: string): void;
  /** All have been read, for the first time or again. */
  synced?(): void;
  /** They cannot be read now. */
  failed?(): void;
}

/**
 * The UID of the cluster: reports wait while it is read, since what has it and what lacks it are two resources to a
 * backend. It stays absent where it cannot be read.
 */
export type ClusterUid =
  | { readonly kind: 'unread' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'known'; readonly uid: string };

/** Reads a selection from now on. */
export type ReadSelection = (
  resource: ApiResource,
  selected: Partial<Pick<ObjectSelection, 'namespace' | 'fields'>>,
  taker: ObjectTaker,
) => void;

/**
 * Begins to read what `begin` asks for, with the namespaces of the configuration, and the UID of the cluster where
 * resources are to have it. Objects that cannot be read are logged, once while the failure stays the same.
 */
export function readObjects(
  config: Config,
  { context, cluster, status: parts }: ReportParts,
  begin: (read: ReadSelection, namespaces: readonly string[]) => void,
  onClusterUid: (read: ClusterUid) => void,
): readonly ObjectReading[] {
  const { clock, logger } = context;
  const readings: ObjectReading[] = [];
  const read: ReadSelection = (resource, selected, taker) => {
    const selection = { resource, namespace: '', labels: '', fields: '', ...selected };
    const { namespace, fields } = selection;
    const { plural } = resource;
    const what = namespace === '' ? plural : `${plural} of ${namespace}`;
    const status = new FailureStatus(clock, parts.part(fields === '' ? what : `${what} with ${fields}`));
    let said: string | undefined;
    readings.push(
      cluster.read(selection, {
        upsert: (uid, object) => taker.upsert(uid, object),
        remove: (uid) => taker.remove(uid),
        synced() {
          said = undefined;
          status.succeeded();
          taker.synced?.();
        },
        failed(error) {
          logger[said === error.message ? 'debug' : 'error'](
            'Objects of the cluster cannot be read; what is known stays',
            { resource: plural, ...(namespace !== '' && { namespace }), error: error.message },
          );
          said = error.message;
          status.failed(error);
          taker.failed?.();
        },
      }),
    );
  };
  begin(read, config.namespace === '' ? config.namespaces : [config.namespace]);
  if (config.resource_attributes['k8s.cluster.uid']?.enabled !== true) {
    onClusterUid({ kind: 'absent' });
    return readings;
  }
  let known: ClusterUid = { kind: 'unread' };
  const absentIfUnread = (): void => {
    if (known.kind === 'unread') onClusterUid((known = { kind: 'absent' }));
  };
  read(
    namespaceResource,
    { fields: `metadata.name=${oldestNamespace}` },
    {
      upsert: (uid) => onClusterUid((known = { kind: 'known', uid })),
      remove() {},
      synced: absentIfUnread,
      failed: absentIfUnread,
    },
  );
  return readings;
}
