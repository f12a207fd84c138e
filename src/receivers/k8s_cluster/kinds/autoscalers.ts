import { apiText, type ApiJson } from '../../../kubernetes/json.js';
import { horizontalPodAutoscalers } from '../../../kubernetes/resource.js';
import { clusterEntity, clusterKind, gauge, type ClusterKind, type ObjectNames } from '../cluster-kind.js';
import { countAt, numberAt } from './number-at.js';

interface Autoscaler {
  readonly names: ObjectNames;
  readonly max: number;
  readonly min: number;
  readonly current: number;
  readonly desired: number;
  readonly target: {
    readonly apiVersion: string | undefined;
    readonly kind: string | undefined;
    readonly name: string | undefined;
  };
}

function read(object: ApiJson, names: ObjectNames): Autoscaler {
  const target = (field: string): string | undefined => apiText(object, 'spec', 'scaleTargetRef', field);
  return {
    names,
    max: countAt(object, 'spec', 'maxReplicas'),
    // The API's default.
    min: numberAt(object, 'spec', 'minReplicas') ?? 1,
    current: countAt(object, 'status', 'currentReplicas'),
    desired: countAt(object, 'status', 'desiredReplicas'),
    target: { apiVersion: target('apiVersion'), kind: target('kind'), name: target('name') },
  };
}

const replicas = (
  which: string,
  description: string,
  value: (item: Autoscaler) => number,
): ReturnType<typeof gauge<Autoscaler>> => gauge(`k8s.hpa.${which}_replicas`, '{pod}', description, value);

export const autoscalerKind: ClusterKind = clusterKind(horizontalPodAutoscalers, true, read, [
  clusterEntity<Autoscaler, Autoscaler>({
    metrics: [
      replicas('max', 'Maximum number of replicas to which the autoscaler can scale up.', ({ max }) => max),
      replicas('min', 'Minimum number of replicas to which the autoscaler can scale up.', ({ min }) => min),
      replicas('current', 'Current number of pod replicas managed by this autoscaler.', ({ current }) => current),
      replicas('desired', 'Desired number of pod replicas managed by this autoscaler.', ({ desired }) => desired),
    ],
    items: (reading) => [reading],
    attributes: ({ names, target }) => [
      ['k8s.namespace.name', names.namespace],
      ['k8s.hpa.name', names.name],
      ['k8s.hpa.uid', names.uid],
      ['k8s.hpa.scaletargetref.apiversion', target.apiVersion],
      ['k8s.hpa.scaletargetref.kind', target.kind],
      ['k8s.hpa.scaletargetref.name', target.name],
    ],
  }),
]);
