import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { definition } from './index.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

interface Asked {
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

/** A token endpoint whose answers a test decides. */
async function endpoint(
  answer: (asked: Asked, count: number) => [status: number, body: unknown],
): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const one = { authorization: request.headers.authorization, form: Object.fromEntries(new URLSearchParams(body)) };
      asked.push(one);
      const [status, reply] = answer(one, asked.length);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}/token`, asked };
}

async function started(
  settings: object,
): Promise<{ header: () => Promise<string | undefined>; pass: (ms: number) => Promise<void> }> {
  const { context, clock } = heldWorld();
  const extension = await definition.create(
    definition.config.parse({ client_id: 'me', client_secret: 's3cret', ...settings }),
    context,
  );
  await extension.start?.(hostWith());
  open.push(() => extension.shutdown?.(AbortSignal.abort()));
  const auth = hostWith({ own: extension }).capability('client_auth', 'own');
  return {
    header: async () => (await auth.requestHeaders({}, { metadata: new Map() }))['authorization'],
    pass: (ms) => clock.pass(ms),
  };
}

test('one token serves until shortly before its end, and is asked for once however many wait', async () => {
  const { url, asked } = await endpoint((_asked, count) => [
    200,
    { access_token: `t${count}`, token_type: 'bearer', expires_in: 3600 },
  ]);
  const { header, pass } = await started({
    token_url: url,
    scopes: ['a', 'b'],
    endpoint_params: { audience: ['backend'] },
  });
  expect(await Promise.all([header(), header(), header()])).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
  expect(asked).toEqual([
    {
      authorization: `Basic ${Buffer.from('me:s3cret').toString('base64')}`,
      form: { grant_type: 'client_credentials', scope: 'a b', audience: 'backend' },
    },
  ]);
  await pass(3_299_000);
  expect(await header()).toBe('Bearer t1');
  await pass(2000);
  expect(await header()).toBe('Bearer t2');
});

test.each([
  ['the token', { access_token: 'hidden\r\nx-other: 1', token_type: 'bearer' }],
  ['the type', { access_token: 'hidden', token_type: 'Bearer\nx' }],
])('an answer with a line break in %s gives no token, and is not shown', async (_what, reply) => {
  const { url } = await endpoint((_asked, count) => [200, count === 1 ? reply : { access_token: 'good' }]);
  const { header, pass } = await started({ token_url: url });
  const failure = await header().catch((error: unknown) => error);
  expect(failure).toMatchObject({ class: 'retryable' });
  expect(String(failure)).toContain('the token has characters that no header may have');
  expect(String(failure)).not.toContain('hidden');
  await pass(10_001);
  expect(await header()).toBe('Bearer good');
});

test('a short-lived token is used for half of its life', async () => {
  const { url } = await endpoint((_asked, count) => [200, { access_token: `t${count}`, expires_in: 60 }]);
  const { header, pass } = await started({ token_url: url });
  expect(await header()).toBe('Bearer t1');
  await pass(29_000);
  expect(await header()).toBe('Bearer t1');
  await pass(2000);
  expect(await header()).toBe('Bearer t2');
});

test('an endpoint that wants the credentials in the body gets them there, from then on at once', async () => {
  const { url, asked } = await endpoint(({ form }, count) =>
    form['client_secret'] === 's3cret'
      ? [200, { access_token: `t${count}`, expires_in: 10 }]
      : [401, { error: 'invalid_client' }],
  );
  const { header, pass } = await started({ token_url: url });
  expect(await header()).toBe('Bearer t2');
  await pass(11_000);
  expect(await header()).toBe('Bearer t3');
  expect(asked.map(({ authorization }) => authorization !== undefined)).toEqual([true, false, false]);
});

test('an endpoint that is down: the last token serves to its end, then data waits; no secret leaks', async () => {
  let down = false;
  const { url, asked } = await endpoint(() =>
    down ? [503, 's3cret'] : [200, { access_token: 'good', expires_in: 100 }],
  );
  const { header, pass } = await started({ token_url: url, expiry_buffer: '20s' });
  expect(await header()).toBe('Bearer good');
  down = true;
  await pass(85_000);
  expect(await header()).toBe('Bearer good');
  expect(await header()).toBe('Bearer good');
  expect(asked).toHaveLength(2);
  await pass(16_000);
  const failure = await header().then(
    () => undefined,
    (error: Error) => error,
  );
  expect(failure).toMatchObject({ class: 'retryable', reason: 'no_token' });
  expect(failure?.message).toMatch(
    /^failed to get security token from token endpoint \(endpoint ".*"\); cannot fetch token: 503$/,
  );
  down = false;
  expect(await header()).toBe('Bearer good');
});

test.each([
  [[200, 'no json'], 'cannot parse the response'],
  [[200, {}], 'missing access_token'],
  [[400, { error: 'invalid_scope', error_description: 'no such scope' }], '400 (invalid_scope: no such scope)'],
] as const)('the answer %j is reported as it is', async (answer, words) => {
  const { url } = await endpoint(() => [answer[0], answer[1]]);
  const { header } = await started({ token_url: url });
  await expect(header()).rejects.toThrow(words);
});

test('files win and are read anew', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-oauth-'));
  const file = path.join(folder, 'secret');
  await writeFile(file, 'one\n');
  const { url, asked } = await endpoint((_asked, count) => [200, { access_token: `t${count}`, expires_in: 10 }]);
  const { header, pass } = await started({ token_url: url, client_secret_file: file });
  await header();
  await writeFile(file, 'another\n');
  await pass(11_000);
  await header();
  expect(asked.map(({ authorization }) => Buffer.from(authorization?.slice(6) ?? '', 'base64').toString())).toEqual([
    'me:one',
    'me:another',
  ]);
  await rm(folder, { recursive: true });
});

test.each([
  [{ client_secret: 'x', token_url: 'http://h' }, 'no ClientID provided in the OAuth2 exporter configuration'],
  [{ client_id: 'x', token_url: 'http://h' }, 'no ClientSecret provided in OAuth Client Credentials configuration'],
  [{ client_id: 'x', client_secret: 'x' }, 'no TokenURL provided in OAuth Client Credentials configuration'],
  [{ client_id: 'x', client_secret: 'x', token_url: 'nonsense' }, 'is not a URL'],
])('%j is refused', (settings, words) => {
  expect(() => definition.config.parse(settings)).toThrow(words);
});
