import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldWorld, type HeldWorld } from '../../../../test/support/held-world.js';
import type { StatusEvent } from '../../../component/status.js';
import { config } from '../config.js';
import { CloudMapSource } from './cloud-map.js';
import { PolledResolver } from './polled.js';

const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

interface Asked {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** AWS Cloud Map as far as `DiscoverInstances` goes: it refuses what is not signed as AWS wants it. */
class CloudMap {
  readonly asked: Asked[] = [];
  instances: readonly object[] = [];
  answer: ((response: http.ServerResponse) => void) | undefined;
  readonly #server: http.Server;

  constructor() {
    this.#server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => this.#serve({ headers: request.headers, body }, response));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(asked: Asked, response: http.ServerResponse): void {
    this.asked.push(asked);
    if (this.answer) return this.answer(response);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (!isSigned(asked))
      return void response.writeHead(403).end('{"__type":"InvalidSignatureException","message":"does not match"}');
    response.end(JSON.stringify({ Instances: this.instances, InstancesRevision: 1 }));
  }
}

/** Works the signature out from what has arrived, as the documentation of AWS says. */
function isSigned({ headers, body }: Asked): boolean {
  const [credential = '', names = '', signature] = (headers.authorization ?? '')
    .split(', ')
    .map((part) => part.slice(part.indexOf('=') + 1));
  const match = /^AKID\/(\d{8})\/([\w-]+)\/servicediscovery\/aws4_request$/.exec(credential);
  if (!match) return false;
  const [, day = '', region = ''] = match;
  const signed = names.split(';');
  // Everything of AWS has to be signed.
  if (Object.keys(headers).some((name) => name.startsWith('x-amz-') && !signed.includes(name))) return false;
  if (!signed.includes('host') || !String(headers['x-amz-date']).startsWith(day)) return false;
  const sha = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const canonical = `POST\n/\n\n${lines}\n${names}\n${sha(body)}`;
  const scope = `${day}/${region}/servicediscovery/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${String(headers['x-amz-date'])}\n${scope}\n${sha(canonical)}`;
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), 'servicediscovery'), 'aws4_request');
  return hmac(key, toSign).toString('hex') === signature;
}

let cloud: CloudMap;
let origin: string;
let world: HeldWorld;
let lists: string[];
let events: StatusEvent[];
let resolver: PolledResolver | undefined;
beforeEach(async () => {
  cloud = new CloudMap();
  origin = await cloud.listen();
  world = heldWorld();
  [lists, events] = [[], []];
});
afterEach(async () => {
  resolver?.stop();
  await cloud.close();
});

async function start(options: object = {}, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { aws_cloud_map: settings } = config.parse({
    resolver: { aws_cloud_map: { namespace: 'fleet', service_name: 'tier-2', ...options } },
  }).resolver;
  if (!settings) throw new Error('no settings');
  const keys = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: secret };
  const all = { AWS_ENDPOINT_URL_SERVICEDISCOVERY: origin, AWS_REGION: 'eu-west-1', ...keys, ...env };
  resolver = new PolledResolver(new CloudMapSource(settings, world.context, all), world.context);
  await resolver.start(
    (endpoints) => Promise.resolve(void lists.push(endpoints.join(' '))),
    (event) => void events.push(event),
  );
}

const instance = (ip: string, port = '4317', more: object = {}): object => ({
  InstanceId: ip,
  NamespaceName: 'fleet',
  ServiceName: 'tier-2',
  HealthStatus: 'HEALTHY',
  Attributes: { AWS_INSTANCE_IPV4: ip, AWS_INSTANCE_PORT: port, ...more },
});

async function passes(ms: number, reached: () => boolean): Promise<void> {
  await world.clock.pass(ms);
  await expect.poll(reached).toBe(true);
}

test('instances with their ports, by a question that is signed, and their changes', async () => {
  cloud.instances = [instance('10.0.0.2'), instance('10.0.0.1', '5317'), { Attributes: { AWS_ALIAS_DNS_NAME: 'x' } }];
  await start();
  expect(lists).toEqual(['10.0.0.1:5317 10.0.0.2:4317']);
  expect(events).toEqual([{ status: 'ok' }]);
  expect(JSON.parse(cloud.asked[0]?.body ?? '')).toEqual({
    NamespaceName: 'fleet',
    ServiceName: 'tier-2',
    HealthStatus: 'HEALTHY',
    MaxResults: 1000,
  });
  expect(cloud.asked[0]?.headers).toMatchObject({
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'Route53AutoNaming_v20170314.DiscoverInstances',
    authorization: expect.stringContaining('/eu-west-1/servicediscovery/'),
  });
  cloud.instances = [instance('10.0.0.3')];
  await passes(30_000, () => lists.length === 2);
  expect(lists[1]).toBe('10.0.0.3:4317');
});

test('other options, and keys that are temporary', async () => {
  cloud.instances = [instance('10.0.0.1', '')];
  await start(
    { port: 5317, health_status: 'ALL', owner_account: '123456789012', interval: '5s' },
    { AWS_SESSION_TOKEN: 'token' },
  );
  expect(lists).toEqual(['10.0.0.1:5317']);
  expect(JSON.parse(cloud.asked[0]?.body ?? '')).toMatchObject({ HealthStatus: 'ALL', OwnerAccount: '123456789012' });
  expect(cloud.asked[0]?.headers['x-amz-security-token']).toBe('token');
  await passes(5000, () => cloud.asked.length === 2);
});

const refusing = (status: number, body: string) => (response: http.ServerResponse) =>
  void response.writeHead(status).end(body);
test.each<[string, string, (response: http.ServerResponse) => void]>([
  [
    'a right that is missing',
    'servicediscovery:DiscoverInstances',
    refusing(400, '{"__type":"com.amazonaws#AccessDeniedException","Message":"not authorized"}'),
  ],
  ['an unknown service', 'ServiceNotFound', refusing(400, '{"__type":"ServiceNotFound","message":"no such service"}')],
  ['an error', 'status 500: out of order', refusing(500, 'out of order')],
  ['no JSON', 'is not JSON', refusing(200, '<html>')],
  ['no instance', 'no instance of the service has an address', refusing(200, '{"Instances":[]}')],
])('%s leaves the last list in use, and is said', async (_what, says, answer) => {
  cloud.instances = [instance('10.0.0.1')];
  await start();
  cloud.answer = answer;
  await passes(30_000, () => events.length === 2);
  expect(events[1]).toMatchObject({ status: 'recoverable_error', error: { message: expect.stringContaining(says) } });
  expect(world.lines.at(-1)).toMatchObject({
    message: 'failed to resolve',
    fields: { namespace: 'fleet', service_name: 'tier-2' },
  });
  expect(lists).toEqual(['10.0.0.1:4317']);
  cloud.answer = undefined;
  await passes(30_000, () => events.length === 3);
  expect(events[2]).toEqual({ status: 'ok' });
});

test('a wrong secret is refused, as by AWS', async () => {
  cloud.instances = [instance('10.0.0.1')];
  await start({}, { AWS_SECRET_ACCESS_KEY: 'another' });
  expect(lists).toEqual([]);
  expect(events).toMatchObject([{ error: { message: expect.stringContaining('InvalidSignatureException') } }]);
});

test('an answer that does not come is given up in time', async () => {
  cloud.answer = () => {};
  const starting = start();
  await expect.poll(() => cloud.asked.length).toBe(1);
  await world.clock.pass(5000);
  await starting;
  expect(events).toMatchObject([{ status: 'recoverable_error' }]);
});
