import { readFile } from 'node:fs/promises';
import type { CancelSignal } from '../component/cancellation.js';
import type { AwsServices } from './services.js';
import { MetadataDocument } from '../metadata/document.js';
import type { Imds } from './imds.js';
import type { AwsKeys } from './signature.js';
import { awsAnswer, textAt } from './xml.js';
import { withoutEnd } from '../component/without-end.js';

/** The same for every AWS container with a role: the agent of ECS. */
const containerOrigin = 'http://169.254.170.2';

/**
 * The keys of this process, from where AWS's own tools look for them, in their order: the environment, a web identity
 * (IAM roles for service accounts), the credentials endpoint of a container (ECS, EKS Pod Identity), and the role of
 * the instance. The shared files below `~/.aws` belong to people and are not read.
 */
export async function awsKeys(
  { env, clients }: AwsServices,
  imds: Imds,
  region: string,
  signal: CancelSignal,
): Promise<AwsKeys> {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'] ?? '';
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'] ?? '';
  if (accessKeyId !== '' && secretAccessKey !== '')
    return { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] ?? '' };

  const tokenFile = env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '';
  const role = env['AWS_ROLE_ARN'] ?? '';
  if (tokenFile !== '' && role !== '') {
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: role,
      RoleSessionName: env['AWS_ROLE_SESSION_NAME'] || 'kanmon',
      WebIdentityToken: (await readFile(tokenFile, 'utf8')).trim(),
    }).toString();
    const url = `${awsOrigin(env, 'sts', region)}/`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const answer = awsAnswer(await clients.remote().text({ url, method: 'POST', headers, body }, signal));
    const at = (name: string): string => textAt(answer, 'AssumeRoleWithWebIdentityResult', 'Credentials', name);
    return checked({
      accessKeyId: at('AccessKeyId'),
      secretAccessKey: at('SecretAccessKey'),
      sessionToken: at('SessionToken'),
    });
  }

  const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '';
  const full = env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  if (relative !== '' || full !== '') {
    const authorization = await containerAuthorization(env);
    const url = relative === '' ? full : containerOrigin + relative;
    const headers = authorization === '' ? {} : { authorization };
    return ofDocument(await clients.direct().text({ url, headers }, signal), 'the credentials of the container');
  }

  const path = 'meta-data/iam/security-credentials/';
  const name = (await imds.text(path, signal)).trim().split('\n')[0] ?? '';
  if (name === '') throw new Error('the instance has no role');
  return ofDocument(await imds.text(path + encodeURIComponent(name), signal), 'the credentials of the instance');
}

/** Where a service of AWS is, which the environment may say otherwise, for all services or for one. */
export function awsOrigin(
  env: AwsServices['env'],
  service: 'ec2' | 'sts' | 'servicediscovery',
  region: string,
): string {
  const own = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env['AWS_ENDPOINT_URL'] || '';
  if (own !== '') return withoutEnd(own, '/');
  if (!/^[a-z0-9-]{1,64}$/.test(region)) throw new Error('no region of AWS is known');
  // Cloud Map is asked for instances at another name than it is managed at.
  const name = service === 'servicediscovery' ? 'data-servicediscovery' : service;
  return `https://${name}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

async function containerAuthorization(env: AwsServices['env']): Promise<string> {
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
  return file === '' ? (env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '') : (await readFile(file, 'utf8')).trim();
}

function ofDocument(text: string, what: string): AwsKeys {
  const document = MetadataDocument.parse(text, what);
  return checked({
    accessKeyId: document.text('AccessKeyId'),
    secretAccessKey: document.text('SecretAccessKey'),
    sessionToken: document.text('Token'),
  });
}

function checked(keys: AwsKeys): AwsKeys {
  if (keys.accessKeyId === '' || keys.secretAccessKey === '') throw new Error('AWS gave no access key');
  return keys;
}
