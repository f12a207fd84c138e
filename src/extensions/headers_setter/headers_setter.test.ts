import { expect, test } from 'vitest';
import type { Origin } from '../../component/client-auth.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { definition } from './index.js';

async function set(
  headers: object[],
  present: Record<string, string>,
  origin: Partial<Origin> = {},
): Promise<Readonly<Record<string, string>>> {
  const extension = await definition.create(definition.config.parse({ headers }), heldWorld().context);
  return hostWith({ own: extension })
    .capability('client_auth', 'own')
    .requestHeaders(present, { metadata: new Map(), ...origin });
}

const tenant: Partial<Origin> = {
  metadata: new Map([
    ['x-tenant', ['acme']],
    ['two', ['a', 'b']],
  ]),
  auth: new Map<string, unknown>([
    ['username', 'me'],
    ['groups', ['a', 'b']],
  ]),
};

test.each<[string, object, Record<string, string>, Record<string, string>]>([
  ['upsert sets', { key: 'X-Org', value: 'one' }, { 'x-org': 'zero' }, { 'x-org': 'one' }],
  [
    'insert leaves what is there',
    { key: 'X-Org', action: 'insert', value: 'one' },
    { 'x-org': 'zero' },
    { 'x-org': 'zero' },
  ],
  ['insert sets what is not', { key: 'X-Org', action: 'insert', value: 'one' }, {}, { 'x-org': 'one' }],
  ['update leaves out what is not there', { key: 'X-Org', action: 'update', value: 'one' }, {}, {}],
  ['delete removes', { key: 'X-Org', action: 'delete' }, { 'x-org': 'zero', other: '1' }, { other: '1' }],
  ['client metadata', { key: 'X-Org', from_context: 'X-Tenant' }, {}, { 'x-org': 'acme' }],
  [
    'client metadata that is missing',
    { key: 'X-Org', from_context: 'nobody', default_value: 'all' },
    {},
    { 'x-org': 'all' },
  ],
  ['what authentication found', { key: 'X-User', from_attribute: 'username' }, {}, { 'x-user': 'me' }],
  ['what authentication found, as JSON', { key: 'X-User', from_attribute: 'groups' }, {}, { 'x-user': '["a","b"]' }],
  ['an attribute that authentication did not find', { key: 'X-User', from_attribute: 'nobody' }, {}, { 'x-user': '' }],
])('%s', async (_name, header, present, expected) => {
  expect(await set([header], present, tenant)).toEqual(expected);
});

test('several values are refused, because one of them would be arbitrary', async () => {
  await expect(set([{ key: 'a', from_context: 'two' }], {}, tenant)).rejects.toThrow(
    '2 source keys found in the context',
  );
});

test.each([
  [{}, 'missing headers configuration'],
  [{ headers: [{ value: 'x' }] }, 'missing header name'],
  [{ headers: [{ key: 'a' }] }, 'missing header source'],
  [{ headers: [{ key: 'a', value: 'x', from_context: 'y' }] }, 'only one of value, from_context'],
  [{ headers: [{ key: 'a', value: 'x', default_value: 'y' }] }, 'default_value has no effect'],
  [{ headers: [{ key: 'a', action: 'add', value: 'x' }] }, 'action'],
])('%j is refused', (settings, words) => {
  expect(() => definition.config.parse(settings)).toThrow(words);
});
