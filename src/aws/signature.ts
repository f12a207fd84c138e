import { createHash, createHmac } from 'node:crypto';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** '' for keys that are not temporary. */
  readonly sessionToken: string;
}

export interface SignedRequest {
  readonly host: string;
  readonly path: string;
  readonly contentType: string;
  /** The operation, of services that take JSON (`x-amz-target`). */
  readonly target?: string;
  readonly body: string;
  readonly region: string;
  readonly service: string;
  readonly atMs: number;
}

/**
 * The headers of a POST, signed with Signature Version 4:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export function signedHeaders(request: SignedRequest, keys: AwsKeys): Readonly<Record<string, string>> {
  const { host, path, contentType, target, body, region, service, atMs } = request;
  const time = new Date(atMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers: Readonly<Record<string, string>> = {
    'content-type': contentType,
    host,
    'x-amz-date': time,
    ...(target !== undefined && { 'x-amz-target': target }),
    ...(keys.sessionToken !== '' && { 'x-amz-security-token': keys.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'POST',
    path,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    hash(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, hash(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${keys.secretAccessKey}`),
  );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return {
    ...headers,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, ` +
      `SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
