import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { DetectorWorld, type DetectorWorldOptions } from '../../../../test/support/detector-world.js';
import { resourceAttributes } from './env.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function world(name: string, options: DetectorWorldOptions = {}): Promise<DetectorWorld> {
  const made = await DetectorWorld.of(name, options);
  stops.push(() => made.stop());
  return made;
}

const read = (text: string): Record<string, string> =>
  Object.fromEntries(resourceAttributes({ OTEL_RESOURCE_ATTRIBUTES: text }));

test.each([
  [
    'service.name=checkout,deployment.environment=prod',
    { 'service.name': 'checkout', 'deployment.environment': 'prod' },
  ],
  [' a = 1 ,b= two words , c=3 ', { a: '1', b: 'two words', c: '3' }],
  ['a=x%20y,b=%E6%97%A5,c=1%2C2,d=50%25,e=%3D,f=p+q', { a: 'x y', b: '日', c: '1,2', d: '50%', e: '=', f: 'p q' }],
  ['a=,b=2', { a: '', b: '2' }],
  ['a,b=2', { 'a,b': '2' }],
  ['a=1,,b=2', { a: '1', ',b': '2' }],
  ['a=1,', { a: '1' }],
  ['a=b=c,url=http://x/?q=1', { a: 'b=c', url: 'http://x/?q=1' }],
  ['a=1,a=2', { a: '2' }],
  ['a%20b=1', { 'a%20b': '1' }],
  ['=v,a=1', { '=v,a': '1' }],
  ['', {}],
])('env: %s', (text, found) => {
  expect(read(text)).toEqual(found);
});

test.each([
  ['abc', 'invalid resource format: "abc"'],
  ['a=1,xyz', 'invalid resource format, invalid text: "xyz"'],
  ['a=%zz,b=ok', 'invalid resource format in attribute: "a=%zz,", err: invalid URL escape "%zz"'],
  ['a=%4', 'invalid resource format in attribute: "a=%4", err: invalid URL escape "%4"'],
  ['a=日', 'invalid resource format, invalid text: "a=日"'],
  [`a=${'x'.repeat(300)}`, /invalid text/],
])('env: %.20s is refused', (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test('env: the older variable counts where the newer one is empty', () => {
  expect(Object.fromEntries(resourceAttributes({ OTEL_RESOURCE: 'a=old' }))).toEqual({ a: 'old' });
  expect(Object.fromEntries(resourceAttributes({ OTEL_RESOURCE: 'a=old', OTEL_RESOURCE_ATTRIBUTES: ' ' }))).toEqual({
    a: 'old',
  });
  expect(Object.fromEntries(resourceAttributes({ OTEL_RESOURCE: 'a=o', OTEL_RESOURCE_ATTRIBUTES: 'a=n' }))).toEqual({
    a: 'n',
  });
});

test('env: encoded values are read again, and any text is read or refused', () => {
  const key = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/);
  fc.assert(
    fc.property(fc.dictionary(key, fc.string({ maxLength: 20, unit: 'grapheme' }), { maxKeys: 5 }), (pairs) => {
      const text = Object.entries(pairs).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      fc.pre(text.every((pair) => pair.length < 250));
      expect(read(text.join(','))).toEqual(pairs);
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      try {
        read(text);
      } catch (error) {
        expect((error as Error).message).toMatch(/^invalid resource format/);
      }
    }),
  );
});

test('env: only keys that are allowed', async () => {
  const made = await world('env', { env: { OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=2' }, options: { allowlist: ['b'] } });
  expect(await made.detect()).toEqual({ kind: 'found', attributes: new Map([['b', '2']]), schemaUrl: '' });
});

const dyno = {
  HEROKU_DYNO_ID: 'dyno-1',
  HEROKU_APP_ID: 'app-1',
  HEROKU_APP_NAME: 'my-app',
  HEROKU_RELEASE_CREATED_AT: '2022-10-24T08:00:00Z',
  HEROKU_RELEASE_VERSION: 'v7',
  HEROKU_SLUG_COMMIT: 'abcdef',
};

test('heroku: a dyno, a part of its metadata, and none', async () => {
  expect(await (await world('heroku', { env: dyno })).attributes()).toEqual({
    'cloud.provider': 'heroku',
    'heroku.app.id': 'app-1',
    'service.instance.id': 'dyno-1',
    'service.name': 'my-app',
    'heroku.release.creation_timestamp': '2022-10-24T08:00:00Z',
    'service.version': 'v7',
    'heroku.release.commit': 'abcdef',
  });
  expect(await (await world('heroku', { env: { HEROKU_DYNO_ID: 'd' } })).attributes()).toEqual({
    'service.instance.id': 'd',
  });
  expect(await (await world('heroku')).detect()).toMatchObject({
    attributes: new Map(),
    schemaUrl: expect.stringMatching(/1\.40\.0$/),
  });
  expect(await (await world('heroku', { failOnMissing: true })).detect()).toMatch(/no dyno with metadata/);
});

test('azurecontainerapps: a replica', async () => {
  const env = { CONTAINER_APP_NAME: 'capp', CONTAINER_APP_REPLICA_NAME: 'capp--r1-xyz' };
  expect(await (await world('azurecontainerapps', { env })).detect()).toMatchObject({
    attributes: new Map([
      ['cloud.provider', 'azure'],
      ['cloud.platform', 'azure.container_apps'],
      ['service.name', 'capp'],
      ['azure.container_app.instance.id', 'capp--r1-xyz'],
    ]),
    schemaUrl: 'https://opentelemetry.io/schemas/1.43.0',
  });
  expect(await (await world('azurecontainerapps')).attributes()).toBeUndefined();
  expect(await (await world('azurecontainerapps', { failOnMissing: true })).detect()).toMatch(
    /not Azure Container Apps/,
  );
});

test('azureappservice: a site, and no function app', async () => {
  const env = {
    WEBSITE_SITE_NAME: 'site',
    WEBSITE_RESOURCE_GROUP: 'rg',
    WEBSITE_OWNER_NAME: 'sub-id+rg-westeuropewebspace',
    REGION_NAME: 'West Europe',
    WEBSITE_INSTANCE_ID: 'inst',
    WEBSITE_SLOT_NAME: 'Production',
  };
  expect(await (await world('azureappservice', { env })).attributes()).toEqual({
    'cloud.provider': 'azure',
    'cloud.platform': 'azure.app_service',
    'cloud.region': 'West Europe',
    'cloud.account.id': 'sub-id',
    'cloud.resource_id': '/subscriptions/sub-id/resourceGroups/rg/providers/Microsoft.Web/sites/site',
    'azure.resource_group.name': 'rg',
    'azure.app_service.instance.id': 'inst',
    'deployment.environment.name': 'Production',
    'service.name': 'site',
  });
  const functionApp = await world('azureappservice', { env: { ...env, FUNCTIONS_EXTENSION_VERSION: '~4' } });
  expect(await functionApp.attributes()).toBeUndefined();
});

test('dynatrace: the file of OneAgent', async () => {
  const path = '/var/lib/dynatrace/enrichment/dt_host_metadata.properties';
  const text = 'dt.entity.host=HOST-1\nhost.name = web=1 \nother=x\nnonsense\ndt.smartscape.host=\n';
  expect(await (await world('dynatrace', { files: { [path]: text } })).attributes()).toEqual({
    'dt.entity.host': 'HOST-1',
    'host.name': 'web=1',
  });
  expect(await (await world('dynatrace')).attributes()).toBeUndefined();
  expect(await (await world('dynatrace', { failOnMissing: true })).detect()).toMatch(/unavailable/);
});
