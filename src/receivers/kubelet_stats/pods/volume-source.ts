import { apiText, apiValue, type ApiJson } from '../../../kubernetes/json.js';

/** Attributes of the resource of a volume. */
export type VolumeAttributes = Readonly<Record<string, string>>;

/** The sources of a volume that have nothing but their type. */
const plain = ['configMap', 'downwardAPI', 'emptyDir', 'secret', 'hostPath', 'local'] as const;

/** The name of the claim that a volume of a pod is; undefined for any other. */
export function claimOf(volume: ApiJson): string | undefined {
  return apiText(volume, 'persistentVolumeClaim', 'claimName');
}

/** The attributes of a volume of a pod, or of a PersistentVolume: its type, and what belongs to that. */
export function attributesOfSource(source: ApiJson): VolumeAttributes {
  const has = (name: string): boolean => apiValue(source, name) !== undefined;
  const type = plain.find(has);
  if (type !== undefined) return { 'k8s.volume.type': type };
  const claim = claimOf(source);
  if (claim !== undefined)
    return { 'k8s.volume.type': 'persistentVolumeClaim', 'k8s.persistentvolumeclaim.name': claim };
  if (has('awsElasticBlockStore'))
    return {
      'k8s.volume.type': 'awsElasticBlockStore',
      'aws.volume.id': apiText(source, 'awsElasticBlockStore', 'volumeID') ?? '',
      ...diskOf(apiValue(source, 'awsElasticBlockStore')),
    };
  if (has('gcePersistentDisk'))
    return {
      'k8s.volume.type': 'gcePersistentDisk',
      'gce.pd.name': apiText(source, 'gcePersistentDisk', 'pdName') ?? '',
      ...diskOf(apiValue(source, 'gcePersistentDisk')),
    };
  if (has('glusterfs'))
    return {
      'k8s.volume.type': 'glusterfs',
      'glusterfs.endpoints.name': apiText(source, 'glusterfs', 'endpoints') ?? '',
      'glusterfs.path': apiText(source, 'glusterfs', 'path') ?? '',
    };
  return {};
}

function diskOf(disk: ApiJson): VolumeAttributes {
  const partition = apiValue(disk, 'partition');
  return {
    'fs.type': apiText(disk, 'fsType') ?? '',
    partition: String(typeof partition === 'number' ? partition : 0),
  };
}
