import { choice, int, text, type Shape } from '../../component/schema/schema.js';
import type { AccessConfig } from './access.js';

/** The options of every component that reaches the API. */
export interface ApiConfig extends AccessConfig {
  readonly kube_api_qps: number;
  readonly kube_api_burst: number;
}

export const apiShape: Shape<ApiConfig> = {
  auth_type: choice(
    ['none', 'serviceAccount', 'kubeConfig'],
    'serviceAccount',
    { about: 'How the API is reached.' },
    (value) => `invalid authType for kubernetes: ${value}`,
  ),
  kube_config_path: text('', { about: 'For `kubeConfig`; by default `KUBECONFIG`, or ~/.kube/config.' }),
  context: text('', { about: 'For `kubeConfig`; by default the current one.' }),
  kube_api_qps: int(0, { about: 'No effect: the pages of a list are read one after the other.' }),
  kube_api_burst: int(0, { about: 'No effect, as `kube_api_qps`.' }),
};

/** Warns of options that are taken and do nothing. */
export function warnOfApiLimits({ kube_api_qps, kube_api_burst }: ApiConfig, warn: (message: string) => void): void {
  if (kube_api_qps > 0 || kube_api_burst > 0)
    warn('`kube_api_qps` and `kube_api_burst` have no effect: the pages of a list are read one after the other');
}
