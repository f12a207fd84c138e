import type { CancelSignal } from '../../../component/cancellation.js';
import type { DetectorServices } from '../detection/detector.js';
import { MetadataDocument } from '../../../metadata/document.js';

const url = 'http://169.254.169.254/metadata/instance/compute?api-version=2020-09-01&format=json';

/** The virtual machine, by the instance metadata service of Azure. */
export async function azureCompute({ clients }: DetectorServices, signal: CancelSignal): Promise<MetadataDocument> {
  const text = await clients.direct().text({ url, headers: { metadata: 'True' } }, signal);
  return MetadataDocument.parse(text, 'the metadata of Azure');
}
