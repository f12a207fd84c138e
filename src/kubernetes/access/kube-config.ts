import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { parse } from 'yaml';
import { ReloadedFile } from '../../net/credentials/reloaded-file.js';
import { apiValue, apiList, apiText, type ApiJson } from '../json.js';
import { AccessError } from './access-error.js';
import type { AccessConfig, AccessWorld, ApiAccess } from './access.js';
import { ExecCredentials } from './exec-credentials.js';
import { withoutEnd } from '../../component/without-end.js';

/** Access as `kubectl` has it, from a kubeconfig file: a cluster and a user, put together by a context. */
export function fromKubeConfig(config: AccessConfig, world: AccessWorld): ApiAccess {
  const file = fileOf(config.kube_config_path, world.env);
  const document = read(file);
  const name = config.context === '' ? (apiText(document, 'current-context') ?? '') : config.context;
  const context = named(document, 'contexts', name);
  if (context === undefined)
    throw new AccessError(
      `context ${JSON.stringify(name)} is not in ${file}`,
      `Set \`context\` to one of those that are: ${namesOf(document, 'contexts')}`,
    );
  const below = (section: 'clusters' | 'users', key: 'cluster' | 'user'): ApiJson => {
    const wanted = apiText(context, 'context', key) ?? '';
    const found = apiValue(named(document, section, wanted), key);
    if (found === undefined)
      throw new AccessError(
        `${key} ${JSON.stringify(wanted)} of context ${JSON.stringify(name)} is not in ${file}`,
        `There are ${namesOf(document, section)}`,
      );
    return found;
  };
  return accessOf(below('clusters', 'cluster'), below('users', 'user'), { ...world, folder: path.dirname(file), file });
}

/** The first file of several: the others only add what it lacks, which few people use. */
function fileOf(configured: string, env: NodeJS.ProcessEnv): string {
  if (configured !== '') return configured;
  const first = (env['KUBECONFIG'] ?? '').split(path.delimiter).find((each) => each !== '');
  return first ?? path.join(env['HOME'] ?? os.homedir(), '.kube', 'config');
}

function read(file: string): ApiJson {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AccessError(
      `open ${file}: ${code === 'ENOENT' ? 'no such file or directory' : message}`,
      'Set `kube_config_path`, or KUBECONFIG in the environment',
    );
  }
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    // The first line names the place; the lines after it show the text, which holds secrets.
    const [first = ''] = (error as Error).message.split('\n');
    throw new AccessError(`${file} is no YAML: ${first}`, 'Correct it; `kubectl config view` reads it as well');
  }
}

function named(document: ApiJson, section: string, name: string): ApiJson {
  return apiList(document, section).find((entry) => apiText(entry, 'name') === name);
}

function namesOf(document: ApiJson, section: string): string {
  const names = apiList(document, section).flatMap((entry) => apiText(entry, 'name') ?? []);
  return names.length === 0 ? 'none' : names.slice(0, 20).join(', ');
}

interface Place extends AccessWorld {
  readonly folder: string;
  readonly file: string;
}

function accessOf(cluster: ApiJson, user: ApiJson, place: Place): ApiAccess {
  const server = apiText(cluster, 'server') ?? '';
  if (!URL.canParse(server) || !/^https?:\/\//.test(server))
    throw new AccessError(`the cluster in ${place.file} has no server`, 'Give `server: https://host:6443`');
  const exec = apiValue(user, 'exec');
  const helper = exec === undefined ? undefined : new ExecCredentials(exec, place.folder, place);
  const bearer = bearerOf(user, place);
  return {
    server: withoutEnd(server, '/'),
    tls: server.startsWith('https://') ? connection(cluster, user, helper, place) : undefined,
    proxyUrl: apiText(cluster, 'proxy-url') ?? '',
    async credentials() {
      const token = (await helper?.current())?.token;
      return token === undefined ? bearer() : { authorization: `Bearer ${token}` };
    },
    forget: () => helper?.forget(),
  };
}

/** The header field of a user with a token, or with a name and a password. */
function bearerOf(user: ApiJson, place: Place): () => Readonly<Record<string, string>> {
  const tokenFile = apiText(user, 'tokenFile');
  if (tokenFile !== undefined) {
    const file = within(place, tokenFile);
    const token = reloaded(file, place, (text) => ({ authorization: `Bearer ${text.trim()}` }));
    return () => token.value;
  }
  const token = apiText(user, 'token');
  if (token !== undefined) return () => ({ authorization: `Bearer ${token}` });
  const name = apiText(user, 'username');
  if (name === undefined) return () => ({});
  const basic = Buffer.from(`${name}:${apiText(user, 'password') ?? ''}`).toString('base64');
  return () => ({ authorization: `Basic ${basic}` });
}

function connection(
  cluster: ApiJson,
  user: ApiJson,
  helper: ExecCredentials | undefined,
  place: Place,
): () => ConnectionOptions {
  const authority = pem(cluster, 'certificate-authority', place);
  const certificate = pem(user, 'client-certificate', place);
  const key = pem(user, 'client-key', place);
  const servername = apiText(cluster, 'tls-server-name');
  const fixed: ConnectionOptions = {
    ...(apiValue(cluster, 'insecure-skip-tls-verify') === true ? { rejectUnauthorized: false } : {}),
    ...(servername === undefined ? {} : { servername }),
  };
  let parts: readonly (string | undefined)[] = [];
  let options: ConnectionOptions = fixed;
  return () => {
    const own = helper?.certificate;
    const now = [authority?.(), own?.certificate ?? certificate?.(), own?.key ?? key?.()];
    if (now.some((part, i) => part !== parts[i])) {
      parts = now;
      const [ca, cert, privateKey] = now;
      options = {
        ...fixed,
        ...(ca === undefined ? {} : { ca: [ca] }),
        ...(cert === undefined || privateKey === undefined ? {} : { cert, key: privateKey }),
      };
    }
    return options;
  };
}

/** A certificate or key: in the file itself as `NAME-data`, or in one of its own. */
function pem(of: ApiJson, name: string, place: Place): (() => string) | undefined {
  const data = apiText(of, `${name}-data`);
  if (data !== undefined && data !== '') {
    const text = Buffer.from(data, 'base64').toString('utf8');
    return () => text;
  }
  const file = apiText(of, name);
  if (file === undefined || file === '') return undefined;
  const content = reloaded(within(place, file), place, (text) => text);
  return () => content.value;
}

/** Paths count from the folder of the kubeconfig. */
function within({ folder }: Place, file: string): string {
  return path.resolve(folder, file);
}

function reloaded<T>(
  file: string,
  { file: kubeConfig, clock, logger }: Place,
  from: (text: string) => T,
): ReloadedFile<T> {
  try {
    return new ReloadedFile(file, from, clock, logger);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AccessError(
      `open ${file}: ${code === 'ENOENT' ? 'no such file or directory' : message}`,
      `${kubeConfig} names it`,
    );
  }
}
