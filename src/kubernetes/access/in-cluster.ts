import path from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { ReloadedFile } from '../../net/credentials/reloaded-file.js';
import { AccessError } from './access-error.js';
import type { AccessWorld, ApiAccess } from './access.js';

/** Files that the kubelet puts into each container, and replaces before the token in them ends. */
const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The namespace of the pod that this program runs in; undefined outside of a cluster. */
export function ownNamespace({ clock, logger, serviceAccountFolder = mounted }: AccessWorld): string | undefined {
  try {
    const file = new ReloadedFile(path.join(serviceAccountFolder, 'namespace'), (text) => text.trim(), clock, logger);
    return file.value === '' ? undefined : file.value;
  } catch {
    return undefined;
  }
}

/** Access from a pod: the environment names the server, and the mounted files hold token and authority. */
export function inCluster(withAccount: boolean, world: AccessWorld): ApiAccess {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = world.env;
  if (host === '' || port === '')
    throw new AccessError(
      'unable to load k8s config, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
      'Kubernetes sets both in every container; outside of a cluster use `auth_type: kubeConfig`',
    );
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(server))
    throw new AccessError(
      `KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no URL: ${JSON.stringify(server)}`,
      'Unset both in the container: Kubernetes sets them',
    );
  if (!withAccount)
    return {
      server,
      tls: () => unchecked,
      proxyUrl: '',
      credentials: () => Promise.resolve({}),
      forget: () => {},
    };
  const token = mountedFile('token', world, (text) => ({ authorization: `Bearer ${text.trim()}` }));
  const authority = mountedFile('ca.crt', world, (text): ConnectionOptions => ({ ca: [text] }));
  return {
    server,
    tls: () => authority.value,
    proxyUrl: '',
    credentials: () => Promise.resolve(token.value),
    forget: () => {},
  };
}

/** `auth_type: none` knows no authority, as in the Collector. */
const unchecked: ConnectionOptions = { rejectUnauthorized: false };

function mountedFile<T>(name: string, world: AccessWorld, read: (text: string) => T): ReloadedFile<T> {
  const file = path.join(world.serviceAccountFolder ?? mounted, name);
  try {
    return new ReloadedFile(file, read, world.clock, world.logger);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AccessError(
      `open ${file}: ${code === 'ENOENT' ? 'no such file or directory' : message}`,
      'The pod needs a service account: set `serviceAccountName`, and do not set `automountServiceAccountToken: false`',
    );
  }
}
