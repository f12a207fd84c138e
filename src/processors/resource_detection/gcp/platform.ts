import type { CancelSignal } from '../../../component/cancellation.js';
import type { DetectorServices } from '../detection/detector.js';
import type { GoogleMetadata } from './metadata-server.js';

export type GooglePlatform =
  | 'kubernetes-engine'
  | 'cloud-functions'
  | 'cloud-run'
  | 'cloud-run-job'
  | 'cloud-run-worker-pool'
  | 'app-engine-standard'
  | 'app-engine-flexible'
  | 'compute-engine'
  | 'unknown';

/** The platform of Google Cloud that this process runs on, by its environment and by the metadata server. */
export async function platformOf(
  env: DetectorServices['env'],
  metadata: GoogleMetadata,
  signal: CancelSignal,
): Promise<GooglePlatform> {
  const has = (name: string): boolean => env[name] !== undefined;
  if (has('KUBERNETES_SERVICE_HOST')) {
    // A cluster that somebody runs on Compute Engine has no location.
    const location = await metadata.value('instance/attributes/cluster-location', signal);
    if (location !== undefined) return 'kubernetes-engine';
  }
  if (has('FUNCTION_TARGET')) return 'cloud-functions';
  if (has('CLOUD_RUN_WORKER_POOL')) return 'cloud-run-worker-pool';
  if (has('K_CONFIGURATION')) return 'cloud-run';
  if (has('CLOUD_RUN_JOB')) return 'cloud-run-job';
  if (env['GAE_ENV'] === 'standard') return 'app-engine-standard';
  if (has('GAE_INSTANCE')) return 'app-engine-flexible';
  return (await metadata.value('instance/machine-type', signal)) === undefined ? 'unknown' : 'compute-engine';
}
