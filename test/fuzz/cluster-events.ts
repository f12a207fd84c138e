import { ApiError, subjectOf } from '../../src/kubernetes/api-error.js';
import { pods } from '../../src/kubernetes/resource.js';
import { eventsOf } from '../../src/kubernetes/watch-events.js';
import { associationsOf } from '../../src/processors/k8s_attributes/association.js';
import { config } from '../../src/processors/k8s_attributes/config.js';
import { containerAttributes, podAttributes } from '../../src/processors/k8s_attributes/extract/pod-attributes.js';
import { RelatedObjects } from '../../src/processors/k8s_attributes/extract/related.js';
import { TagRules } from '../../src/processors/k8s_attributes/extract/tag-rules.js';
import { Alike } from '../../src/processors/k8s_attributes/pods/alike.js';
import { PodTable } from '../../src/processors/k8s_attributes/pods/pod-table.js';
import { readPod } from '../../src/processors/k8s_attributes/pods/read-pod.js';
import { apiText } from '../../src/kubernetes/json.js';
import { HeldClock } from '../support/held-world.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const settings = config.parse({
  extract: {
    metadata: ['k8s.pod.name', 'k8s.pod.start_time', 'container.image.tag', 'container.id', 'k8s.deployment.name'],
    labels: [{ key_regex: '(.*)', tag_name: '$1', from: 'pod' }],
    annotations: [{ key: 'a', from: 'pod' }],
    otel_annotations: true,
  },
});
const rules = new TagRules(settings.extract, true, { older: true, newer: true });
const extraction = { metadata: new Set(settings.extract.metadata), deploymentFromReplicaSet: true };
const associations = associationsOf(settings);

const pod = (type: string, more: object = {}): object => ({
  type,
  object: {
    metadata: {
      uid: 'u',
      name: 'web-1',
      namespace: 'shop',
      resourceVersion: '7',
      creationTimestamp: '2024-05-06T07:08:07Z',
      labels: { 'app.kubernetes.io/name': 'web', 'pod-template-hash': '5d4f', constructor: 'x' },
      annotations: { a: 'b', 'resource.opentelemetry.io/service.name': 'own' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5d4f', uid: 'r' }],
    },
    spec: { nodeName: 'n', hostname: 'h', containers: [{ name: 'c', image: 'r:5000/web:1@sha256:ab' }] },
    status: {
      startTime: '2024-05-06T07:08:09Z',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
      containerStatuses: [
        { name: 'c', restartCount: 1, containerID: 'containerd://x', imageID: 'docker://r@sha256:1' },
      ],
    },
    ...more,
  },
});
const lines = (...events: readonly unknown[]): Buffer =>
  Buffer.from(`\x07${events.map((event) => `${JSON.stringify(event)}\n`).join('')}`);

/** The answer of the API server of Kubernetes to a watch of pods. The first byte says how it is cut. */
export const clusterEvents: Target = {
  name: 'cluster-events',
  share: 0.1,
  seeds: [
    lines(pod('ADDED'), pod('MODIFIED', { status: null }), pod('DELETED')),
    lines({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } }, { type: 'constructor' }),
    lines({ type: 'ERROR', object: { code: 410, message: 'too old resource version' } }),
    lines({ type: 'ADDED', object: { metadata: { uid: '__proto__', name: 1, labels: [] }, spec: 'x' } }, 5, null),
  ],
  async run(input) {
    const step = 1 + (input[0] ?? 0) * 5;
    const table = new PodTable(associations, 1000, new HeldClock(), { added() {}, updated() {}, deleted() {} });
    const related = new RelatedObjects(rules, new Alike());
    const alike = new Alike();
    const seen: string[] = [];
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 1; at < input.length; at += step) yield await Promise.resolve(input.subarray(at, at + step));
    }
    let end = '';
    try {
      for await (const { kind, object } of eventsOf(pieces(), subjectOf(pods))) {
        seen.push(kind);
        const uid = apiText(object, 'metadata', 'uid');
        if (uid === undefined) continue;
        if (kind === 'deleted') table.remove(uid);
        const read = kind === 'deleted' ? undefined : readPod(uid, object, rules, alike);
        if (!read) continue;
        table.put(read);
        const made = [
          ...podAttributes(read, related, extraction),
          ...read.containers.flatMap((each) => containerAttributes(read, each, undefined, related, extraction)),
        ];
        for (const [name, value] of made) {
          law(typeof name === 'string', 'a name that is no text');
          law(
            [value].flat().every((text) => typeof text === 'string'),
            'a value that is no text',
          );
        }
        seen.push(String(Math.min(9, made.length)));
      }
    } catch (error) {
      law(error instanceof Error && /^pods: |^an event is longer/.test(error.message), String(error));
      end = error instanceof ApiError ? error.failure : 'no JSON';
    }
    law(table.size <= seen.length, 'more pods than events');
    table.close();
    return `${seen.slice(0, 4).join(' ')} ${end}`;
  },
};
