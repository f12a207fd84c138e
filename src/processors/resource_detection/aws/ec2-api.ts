import type { CancelSignal } from '../../../component/cancellation.js';
import type { DetectorServices } from '../detection/detector.js';
import type { Imds } from '../../../aws/imds.js';
import { awsKeys, awsOrigin } from '../../../aws/keys.js';
import { signedHeaders } from '../../../aws/signature.js';
import type { XmlNode } from '../../../ottl/functions/xml/xml-node.js';
import { awsAnswer } from '../../../aws/xml.js';

const version = '2016-11-15';

/** One question to the query API of EC2, signed with the keys of this process. */
export async function askEc2(
  parameters: Readonly<Record<string, string>>,
  region: string,
  imds: Imds,
  services: DetectorServices,
  signal: CancelSignal,
): Promise<XmlNode> {
  const origin = awsOrigin(services.env, 'ec2', region);
  const keys = await awsKeys(services, imds, region, signal);
  const body = new URLSearchParams({ ...parameters, Version: version }).toString();
  const { host } = new URL(origin);
  const contentType = 'application/x-www-form-urlencoded; charset=utf-8';
  // The host goes as the header that each request has.
  const { host: _host, ...headers } = signedHeaders(
    { host, path: '/', contentType, body, region, service: 'ec2', atMs: services.clock.unixMs() },
    keys,
  );
  return awsAnswer(await services.clients.remote().text({ url: `${origin}/`, method: 'POST', headers, body }, signal));
}
