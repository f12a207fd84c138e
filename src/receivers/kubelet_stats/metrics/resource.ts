import { alike, flag, group, type Schema } from '../../../component/schema/schema.js';
import type { MetricBuilder } from '../../../otlp/build/metrics.js';

const usual = [
  'container.id',
  'k8s.container.name',
  'k8s.namespace.name',
  'k8s.node.name',
  'k8s.node.system_container.name',
  'k8s.persistentvolumeclaim.name',
  'k8s.pod.name',
  'k8s.pod.uid',
  'k8s.volume.name',
  'k8s.volume.type',
] as const;
/** Older ones, of volumes of clouds. */
const onRequest = [
  'aws.volume.id',
  'fs.type',
  'gce.pd.name',
  'glusterfs.endpoints.name',
  'glusterfs.path',
  'partition',
] as const;

export type ResourceSwitches = Readonly<Record<string, { readonly enabled: boolean }>>;

const on = flag(true, { about: 'Whether resources have the attribute.' });
const off = flag(false, { about: 'Whether resources have the attribute.' });

/** The section `resource_attributes`. */
export const resourceSwitches: Schema<ResourceSwitches> = alike<Record<string, { readonly enabled: boolean }>>(
  Object.fromEntries([
    ...usual.map((name) => [name, group<{ enabled: boolean }>({ enabled: on })] as const),
    ...onRequest.map((name) => [name, group<{ enabled: boolean }>({ enabled: off })] as const),
  ]),
  'ATTRIBUTE',
);

/** Writes the attributes that are wanted and not empty. */
export function writeResource(
  builder: MetricBuilder,
  attributes: Readonly<Record<string, string>>,
  switches: ResourceSwitches,
): void {
  builder.resource();
  for (const [name, value] of Object.entries(attributes))
    if (value !== '' && switches[name]?.enabled === true) builder.attribute(name, value);
}
