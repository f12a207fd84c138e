import { group } from '../../../component/schema/schema.js';
import { FoundAttributes, switches, type Switched } from '../detection/attributes.js';
import { notHere, type DetectorKind } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';

const on = [
  'cloud.availability_zone',
  'cloud.platform',
  'cloud.provider',
  'cloud.region',
  'host.id',
  'host.name',
  'host.type',
  'k8s.cluster.name',
  'oracle_cloud.realm',
] as const;
export type OracleOptions = Switched<(typeof on)[number] | 'cloud.resource_id'>;

const url = 'http://169.254.169.254/opc/v2/instance/';
const headers = { authorization: 'Bearer Oracle' };
/** For the question whether this is Oracle Cloud, milliseconds. */
const probeMs = 1000;

/** An instance of Oracle Cloud. */
export const oraclecloud: DetectorKind<OracleOptions> = {
  config: group<OracleOptions>({ resource_attributes: switches(on, ['cloud.resource_id']) }),
  create(options, { clients, failOnMissing }) {
    const client = clients.direct();
    return {
      async detect(signal) {
        const probe = await client
          .ask({ url, method: 'HEAD', headers, withinMs: probeMs }, signal)
          .catch(() => undefined);
        if (probe?.status !== 200) {
          if (failOnMissing) throw new Error('the metadata of Oracle Cloud unavailable');
          return notHere('the metadata of Oracle Cloud unavailable');
        }
        const instance = MetadataDocument.parse(
          await client.text({ url, headers }, signal),
          'the metadata of Oracle Cloud',
        );
        return new FoundAttributes(options)
          .set('cloud.provider', 'oracle_cloud')
          .set('cloud.platform', 'oracle_cloud_oke')
          .set('cloud.region', instance.text('canonicalRegionName'))
          .set('cloud.availability_zone', instance.text('availabilityDomain'))
          .set('cloud.resource_id', instance.text('id'))
          .set('host.id', instance.text('id'))
          .set('host.name', instance.text('displayName'))
          .set('host.type', instance.text('shape'))
          .set('k8s.cluster.name', instance.object('metadata').text('oke-cluster-display-name'))
          .set('oracle_cloud.realm', instance.object('regionInfo').text('realmKey') || undefined)
          .found();
      },
    };
  },
};
