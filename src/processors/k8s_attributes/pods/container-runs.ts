import type { ContainerRun, Pod, PodContainer } from './pod.js';

const none: readonly ContainerRun[] = [];

/**
 * The runs of each container, in their order and the latest one last, as one text: a list for each would take more than
 * all else of a pod.
 */
export function packRuns(containers: readonly (readonly ContainerRun[])[]): string {
  if (containers.every((runs) => runs.length === 0)) return '';
  // By way of bytes: a text that was put together keeps its parts.
  return Buffer.from(JSON.stringify(containers)).toString();
}

/** The runs of one container, the latest one last. */
export function runsOf(pod: Pod, container: PodContainer): readonly ContainerRun[] {
  return allRuns(pod)[pod.containers.indexOf(container)] ?? none;
}

/** Those of each container. */
export function allRuns({ runs }: Pod): readonly (readonly ContainerRun[])[] {
  return runs === '' ? [] : (JSON.parse(runs) as readonly (readonly ContainerRun[])[]);
}
