import { expect, test } from 'vitest';
import { hostWith } from '../../test/support/host.js';
import { capabilities, capabilityWords } from './capability.js';
import { defineExtension, type Extension } from './define.js';
import { group } from './schema/schema.js';

const base = {
  type: 'probe',
  stability: 'Development',
  config: group({}),
  telemetry: { metrics: [], reasons: {} },
} as const;
const serverAuth = { authenticate: () => Promise.resolve(new Map<string, unknown>()) };

test('the compiler holds an extension to what its definition lists', () => {
  defineExtension({ ...base, create: () => ({}) });
  defineExtension({ ...base, provides: ['server_auth'], create: () => ({ offers: { server_auth: serverAuth } }) });
  // @ts-expect-error it lists a capability and offers nothing
  defineExtension({ ...base, provides: ['server_auth'], create: (): Extension => ({}) });
  const offers = { server_auth: { refusal: () => undefined } };
  // @ts-expect-error what it offers is something else
  defineExtension({ ...base, provides: ['server_auth'], create: () => ({ offers }) });
  // @ts-expect-error there is no such capability
  defineExtension({ ...base, provides: ['telepathy'], create: () => ({}) });
  const listed = ['server_auth', 'client_auth'] as const;
  defineExtension({
    ...base,
    provides: listed,
    providesWith: () => ['server_auth'],
    create: () => ({ offers: { server_auth: serverAuth } }),
  });
  // @ts-expect-error with no configuration does it have a capability that it does not list
  defineExtension({ ...base, provides: listed, providesWith: () => ['storage'], create: () => ({ offers: {} }) });
  expect(capabilities).toEqual(Object.keys(capabilityWords));
});

test('a host hands out what an extension offers; of any other the error says whether it runs', () => {
  const host = hostWith({ lock: { offers: { server_auth: serverAuth } }, bare: {} });
  expect(host.capability('server_auth', 'lock')).toBe(serverAuth);
  for (const capability of capabilities) {
    const { role, missing, wrong } = capabilityWords[capability];
    expect(() => host.capability(capability, 'nobody')).toThrow(`failed to resolve ${role} "nobody": ${missing}`);
    expect(() => host.capability(capability, 'bare')).toThrow(`failed to resolve ${role} "bare": ${wrong}`);
  }
});
