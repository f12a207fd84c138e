import { expect } from 'vitest';
import { emptyContext } from '../../src/component/consumer.js';
import type { Host } from '../../src/component/lifecycle.js';
import type { Batch } from '../../src/otlp/batch.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import { protoToJson } from '../../src/otlp/json/encode.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { definition } from '../../src/processors/k8s_attributes/index.js';
import { clusterAccess } from './cluster-access.js';
import { heldWorld, type HeldWorld } from './held-world.js';
import { hostWith } from './host.js';
import type { ApiObject, KubernetesApi } from './kubernetes-api.js';

export type Attributes = Readonly<Record<string, unknown>>;

/** A processor in front of a server that it reads. */
export interface PodWorld {
  readonly api: KubernetesApi;
  readonly world: HeldWorld;
  /** The attributes of a resource behind the processor. */
  sent(attributes: Attributes, peer?: string): Promise<Attributes>;
  until(probe: () => boolean): Promise<void>;
}

/** The feature gates of names, which are on by default. */
export const newerNames = 'processor.k8sattributes.EmitV1K8sConventions';
export const withoutOlderNames = 'processor.k8sattributes.DontEmitV0K8sConventions';

/** Starts one; `stops` gets what is to be called behind the test. */
export async function startPodAttributes(
  stops: (() => unknown)[],
  options: object,
  prepare: (api: KubernetesApi) => void = () => {},
  host: Host = hostWith(),
  gates: readonly string[] = [newerNames, withoutOlderNames],
): Promise<PodWorld> {
  const { api, options: access } = await clusterAccess(stops, false);
  prepare(api);
  const world = heldWorld({ gates: new Set(gates) });
  const { clock, context } = world;
  const until: PodWorld['until'] = (probe) =>
    expect
      .poll(async () => {
        await clock.pass(50);
        return probe();
      })
      .toBe(true);
  let last: Batch | undefined;
  const config = definition.config.parse({ ...access, watch_sync_period: 0, ...options });
  const processor = await definition.create(config, context, {
    consume: async (batch) => void (last = batch.own()),
  });
  let isReady = false;
  void processor.start?.(host);
  stops.push(() => processor.shutdown?.(new AbortController().signal));
  if (!config.passthrough) await until(() => (isReady ||= api.watching >= 1));
  return {
    api,
    world,
    until,
    async sent(attributes, peer) {
      const batch = spanOf(attributes);
      await processor.consume(batch, { ...emptyContext, peer });
      return attributesOf(last);
    },
  };
}

/** One span of a resource with these attributes. */
export function spanOf(attributes: Attributes): Batch {
  const list = Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
  const request = {
    resourceSpans: [
      {
        resource: { attributes: list },
        scopeSpans: [{ spans: [{ traceId: '01'.repeat(16), spanId: '02'.repeat(8), name: 'span' }] }],
      },
    ],
  };
  return validate('traces', jsonToProto('traces', Buffer.from(JSON.stringify(request))));
}

function attributesOf(batch: Batch | undefined): Attributes {
  const read = JSON.parse(Buffer.from(protoToJson('traces', batch?.bytes ?? new Uint8Array())).toString()) as {
    resourceSpans: { resource: { attributes?: { key: string; value: Record<string, unknown> }[] } }[];
  };
  return Object.fromEntries(
    (read.resourceSpans[0]?.resource.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
}

/** A pod of the Deployment `web`, unless `more` says otherwise. */
export function webPod(
  name: string,
  address: string,
  more: { metadata?: object; spec?: object; status?: object } = {},
): ApiObject {
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      creationTimestamp: '2026-01-02T03:04:05Z',
      labels: { app: name, 'app.kubernetes.io/version': '1.2', 'pod-template-hash': '6d4cf56db6' },
      annotations: { team: 'blue' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-6d4cf56db6', uid: 'uid-rs' }],
      ...more.metadata,
    },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'main', image: 'registry:5000/team/web:1.2@sha256:abc' }],
      ...more.spec,
    },
    status: {
      podIP: address,
      startTime: '2026-01-02T03:04:09Z',
      containerStatuses: [
        {
          name: 'main',
          restartCount: 2,
          containerID: 'containerd://c-two',
          imageID: 'docker-pullable://team/web@sha256:abc',
          lastState: { terminated: { containerID: 'containerd://c-one' } },
        },
      ],
      ...more.status,
    },
  };
}
