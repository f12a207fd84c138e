import type { ComponentContext } from '../../../../component/define.js';
import { withoutEnd } from '../../../../component/without-end.js';
import type { AccessConfig, ApiAccess, OwnAccess } from '../../../../kubernetes/access/access.js';
import type { KubernetesSdConfig } from '../../options/kubernetes.js';
import { CredentialedClient } from '../../target/client.js';

type Context = Pick<ComponentContext, 'clock' | 'logger' | 'buildInfo'>;

/** How a discovery reaches the API: as its options say, by a kubeconfig, or as the pod that it runs in. */
export function apiAccess(config: KubernetesSdConfig, context: Context): AccessConfig | OwnAccess {
  const { api_server: server, kubeconfig_file: file } = config;
  if (server === '')
    return { auth_type: file === '' ? 'serviceAccount' : 'kubeConfig', kube_config_path: file, context: '' };
  const {
    role: _role,
    namespaces: _namespaces,
    selectors: _selectors,
    attach_metadata: _attached,
    ...options
  } = config;
  return { key: JSON.stringify(options), open: () => accessWith(config, context) };
}

function accessWith(config: KubernetesSdConfig, context: Context): ApiAccess {
  return {
    server: withoutEnd(config.api_server, '/'),
    tls: undefined,
    proxyUrl: '',
    credentials: () => Promise.resolve({}),
    forget: () => {},
    async client() {
      const client = await CredentialedClient.open(config, context);
      return {
        ask: (url, question, { open }, signal) => client.ask(url, question, open, signal),
        close: () => client.close(),
      };
    },
  };
}
