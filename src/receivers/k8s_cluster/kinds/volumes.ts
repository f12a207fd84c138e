import type { TableMetric } from '../../../intake/scrape/metric-table.js';
import { apiText, type ApiJson } from '../../../kubernetes/json.js';
import { apiQuantities, quantityValue } from '../../../kubernetes/quantity.js';
import type { ApiResource } from '../../../kubernetes/resource.js';
import { clusterEntity, clusterKind, type ClusterKind, type ObjectNames } from '../cluster-kind.js';

// Others read them by name, and need fewer rights.
export const volumes: ApiResource = { group: '', version: 'v1', plural: 'persistentvolumes' };
export const claims: ApiResource = { group: '', version: 'v1', plural: 'persistentvolumeclaims' };

type Amount = number | bigint | undefined;

interface Storage {
  readonly names: ObjectNames;
  readonly phase: string | undefined;
  readonly storageClass: string | undefined;
  readonly capacity: Amount;
  /** Of a claim. */
  readonly request: Amount;
  /** Of a volume. */
  readonly reclaimPolicy: string | undefined;
}

function storageAt(object: ApiJson, ...path: readonly string[]): Amount {
  const found = apiQuantities(object, ...path).find(([resource]) => resource === 'storage');
  return found && quantityValue(found[1]);
}

/** A point for each phase, 1 for the one that holds. */
function phaseOf(name: string, unit: string, description: string, phases: readonly string[]): TableMetric<Storage> {
  return {
    ...{ name, unit, description, kind: 'sum', number: 'int', attributes: [name], on: false },
    points({ phase }, to) {
      for (const each of phases) to(phase === each ? 1 : 0, each);
    },
  };
}

function amountOf(name: string, description: string, pick: (storage: Storage) => Amount): TableMetric<Storage> {
  return {
    ...{ name, unit: 'By', description, kind: 'sum', number: 'int', attributes: [], on: false },
    points(storage, to) {
      const amount = pick(storage);
      if (amount !== undefined) to(amount);
    },
  };
}

export const volumeKind: ClusterKind = clusterKind<Storage>(
  volumes,
  false,
  (object, names) => ({
    names,
    phase: apiText(object, 'status', 'phase'),
    storageClass: apiText(object, 'spec', 'storageClassName'),
    capacity: storageAt(object, 'spec', 'capacity'),
    request: undefined,
    reclaimPolicy: apiText(object, 'spec', 'persistentVolumeReclaimPolicy'),
  }),
  [
    clusterEntity<Storage, Storage>({
      metrics: [
        phaseOf(
          'k8s.persistentvolume.status.phase',
          '{persistentvolume}',
          'The current phase of the PersistentVolume (1 for the current phase, 0 for others).',
          ['Pending', 'Available', 'Bound', 'Released', 'Failed'],
        ),
        amountOf(
          'k8s.persistentvolume.storage.capacity',
          'The storage capacity of the PersistentVolume.',
          ({ capacity }) => capacity,
        ),
      ],
      items: (reading) => [reading],
      attributes: ({ names, storageClass, reclaimPolicy }) => [
        ['k8s.persistentvolume.name', names.name],
        ['k8s.persistentvolume.uid', names.uid],
        ['k8s.storageclass.name', storageClass],
        ['k8s.persistentvolume.reclaim_policy', reclaimPolicy],
      ],
    }),
  ],
);

export const claimKind: ClusterKind = clusterKind<Storage>(
  claims,
  true,
  (object, names) => ({
    names,
    phase: apiText(object, 'status', 'phase'),
    storageClass: apiText(object, 'spec', 'storageClassName'),
    capacity: storageAt(object, 'status', 'capacity'),
    request: storageAt(object, 'spec', 'resources', 'requests'),
    reclaimPolicy: undefined,
  }),
  [
    clusterEntity<Storage, Storage>({
      metrics: [
        phaseOf(
          'k8s.persistentvolumeclaim.status.phase',
          '{persistentvolumeclaim}',
          'The current phase of the PersistentVolumeClaim (1 for the current phase, 0 for others).',
          ['Pending', 'Bound', 'Lost'],
        ),
        amountOf(
          'k8s.persistentvolumeclaim.storage.capacity',
          'The actual storage capacity provisioned for the PersistentVolumeClaim. Only available when bound.',
          ({ capacity }) => capacity,
        ),
        amountOf(
          'k8s.persistentvolumeclaim.storage.request',
          'The storage requested by the PersistentVolumeClaim.',
          ({ request }) => request,
        ),
      ],
      items: (reading) => [reading],
      attributes: ({ names, storageClass }) => [
        ['k8s.namespace.name', names.namespace],
        ['k8s.persistentvolumeclaim.name', names.name],
        ['k8s.persistentvolumeclaim.uid', names.uid],
        ['k8s.storageclass.name', storageClass],
      ],
    }),
  ],
);
