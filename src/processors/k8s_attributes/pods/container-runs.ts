import type { ContainerRun, Pod, PodContainer } from './pod.js';

const none: readonly ContainerRun[] = [];

/** The first character of runs in bytes. JSON begins with none such. */
const inBytes = 0;
/** An ID as the runtimes of today make them: half as many bytes as digits. */
const usualId = /^[0-9a-f]{64}$/;
const idBytes = 32;
const numberBytes = 4;

/**
 * The runs of each container, in their order and the latest one last, as one text: a list for each would take more than
 * all else of a pod. Its characters are bytes, or JSON where an ID or number is not as usual.
 */
export function packRuns(containers: readonly (readonly ContainerRun[])[]): string {
  const count = containers.reduce((sum, runs) => sum + runs.length, 0);
  if (count === 0) return '';
  // By way of bytes: a text that was put together keeps its parts.
  if (!containers.every(areUsual)) return Buffer.from(JSON.stringify(containers)).toString();
  const bytes = Buffer.alloc(1 + containers.length + count * (numberBytes + idBytes), inBytes);
  let at = 1;
  for (const runs of containers) {
    at = bytes.writeUInt8(runs.length, at);
    for (const [number, id] of runs) {
      at = bytes.writeInt32LE(number, at);
      at += bytes.write(id, at, 'hex');
    }
  }
  return bytes.toString('latin1');
}

/** The runs of one container, the latest one last. */
export function runsOf(pod: Pod, container: PodContainer): readonly ContainerRun[] {
  return allRuns(pod)[pod.containers.indexOf(container)] ?? none;
}

/** Those of each container. */
export function allRuns({ runs }: Pick<Pod, 'runs'>): readonly (readonly ContainerRun[])[] {
  if (runs === '') return [];
  if (runs.charCodeAt(0) !== inBytes) return JSON.parse(runs) as readonly (readonly ContainerRun[])[];
  const bytes = Buffer.from(runs, 'latin1');
  const containers: ContainerRun[][] = [];
  let at = 1;
  while (at < bytes.length) {
    const own: ContainerRun[] = [];
    for (let left = bytes.readUInt8(at++); left > 0; left--) {
      const idAt = at + numberBytes;
      own.push([bytes.readInt32LE(at), bytes.toString('hex', idAt, idAt + idBytes)]);
      at = idAt + idBytes;
    }
    containers.push(own);
  }
  return containers;
}

/** Whether a byte holds their number, and the others what each of them has. */
function areUsual(runs: readonly ContainerRun[]): boolean {
  return runs.length < 256 && runs.every(([number, id]) => usualId.test(id) && number === (number | 0));
}
