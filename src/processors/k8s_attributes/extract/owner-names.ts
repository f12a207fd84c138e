import type { PodOwner, Pod } from '../pods/pod.js';
import type { RelatedObjects } from './related.js';

interface Named {
  readonly name: string;
  /** Undefined where only the name is known. */
  readonly uid: string | undefined;
}

/** The workloads that a pod belongs to. */
export interface OwnerNames {
  readonly replicaset: Named | undefined;
  readonly deployment: Named | undefined;
  readonly statefulset: Named | undefined;
  readonly daemonset: Named | undefined;
  readonly job: Named | undefined;
  readonly cronjob: Named | undefined;
}

/** Finds the workloads: owners by their kind, and the owners of those by the objects that were read, or by the pod. */
export function ownerNames({ owners }: Pod, related: RelatedObjects, deploymentFromReplicaSet: boolean): OwnerNames {
  const of = (kind: string): PodOwner | undefined => owners.find((owner) => owner.kind === kind);
  const replicaset = of('ReplicaSet');
  const job = of('Job');
  return {
    replicaset,
    deployment: above(replicaset, 'Deployment', related, deploymentFromReplicaSet),
    statefulset: of('StatefulSet'),
    daemonset: of('DaemonSet'),
    job,
    cronjob: above(job, 'CronJob', related, true),
  };
}

/** The owner of `below`, from the object itself where it was read, else from what the pod shows of it. */
function above(
  below: PodOwner | undefined,
  kind: string,
  related: RelatedObjects,
  trustsPod: boolean,
): Named | undefined {
  if (!below) return undefined;
  const object = related.byUid(below.uid);
  const owner = object?.owners.find((each) => each.kind === kind);
  if (owner) return owner;
  // It was read, and has no such owner.
  if (object) return undefined;
  return trustsPod && below.above !== undefined ? { name: below.above, uid: undefined } : undefined;
}
