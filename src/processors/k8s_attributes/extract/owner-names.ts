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

/** A ReplicaSet of a deployment is named after it, with a hash behind. */
const ofDeployment = /^(.+)-[a-z0-9]+$/;
/** A job of a CronJob is named after it, with the time behind. */
const ofCronJob = /^(.+)-\d+$/;

/** Finds the workloads: owners by their kind, and the owners of those by the objects that were read, or by name. */
export function ownerNames({ owners }: Pod, related: RelatedObjects, deploymentFromReplicaSet: boolean): OwnerNames {
  const of = (kind: string): PodOwner | undefined => owners.find((owner) => owner.kind === kind);
  const replicaset = of('ReplicaSet');
  const job = of('Job');
  return {
    replicaset,
    deployment: above(replicaset, 'Deployment', deploymentFromReplicaSet ? ofDeployment : undefined, related),
    statefulset: of('StatefulSet'),
    daemonset: of('DaemonSet'),
    job,
    cronjob: above(job, 'CronJob', ofCronJob, related),
  };
}

/** The owner of `below`, from the object itself where it was read, else from its name. */
function above(
  below: PodOwner | undefined,
  kind: string,
  naming: RegExp | undefined,
  related: RelatedObjects,
): Named | undefined {
  if (!below) return undefined;
  const object = related.byUid(below.uid);
  const owner = object?.owners.find((each) => each.kind === kind);
  if (owner) return owner;
  // It was read, and has no such owner.
  if (object) return undefined;
  const name = naming?.exec(below.name)?.[1];
  return name === undefined ? undefined : { name, uid: undefined };
}
