import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Capabilities } from '../../component/capability.js';
import { emptyContext } from '../../component/consumer.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { createBasicauth } from './basicauth.js';
import { matchesCostly } from './costly-hash.js';
import { definition } from './index.js';
import { md5Crypt } from './md5-crypt.js';

/** Without the thread, which hash-aside.test.ts tests. */
const here = { matches: (...both: [string, string]) => Promise.resolve(matchesCostly(...both)), close: () => {} };
const peer = '127.0.0.1:4000';

interface Started {
  capability<K extends 'server_auth' | 'client_auth'>(name: K): Capabilities[K];
  pass(ms: number): Promise<void>;
}

async function started(settings: object): Promise<Started> {
  const { context, clock } = heldWorld();
  const extension = createBasicauth(definition.config.parse(settings), context, here);
  await extension.start?.(hostWith());
  return { capability: (name) => hostWith({ own: extension }).capability(name, 'own'), pass: (ms) => clock.pass(ms) };
}

function given(value: string | undefined): ReadonlyMap<string, readonly string[]> {
  return new Map(value === undefined ? [] : [['authorization', [value]]]);
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

// Made with `openssl passwd` and bcryptjs.
const inline = `
# a comment
apr:$apr1$saltsalt$yAAkm4libquA.ZWLHbSBq/
bcrypt:$2y$05$Qvf7ZQLzwUNGIS.qqZOU6.J3hgPfZxyMBLx.D8.vPqzSIpwdEJug.
sha:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=
plain:password
plain:pass:word
`;

test('the hash of Apache is that of openssl passwd -apr1', () => {
  expect(md5Crypt('myPassword', '$apr1$', 'r31.....')).toBe('$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/');
});

test.each<[string, string | undefined, string | undefined]>([
  ['the hash of Apache', basic('apr', 'password'), undefined],
  ['bcrypt', basic('bcrypt', 'password'), undefined],
  ['SHA-1', basic('sha', 'password'), undefined],
  ['plain text with a colon, and the last line of a user', basic('plain', 'pass:word'), undefined],
  ['a scheme in lower case', basic('sha', 'password').replace('Basic', 'basic'), undefined],
  ['a wrong password', basic('sha', 'Password'), 'invalid credentials'],
  ['the earlier password', basic('plain', 'password'), 'invalid credentials'],
  ['a user that is not there', basic('nobody', 'password'), 'invalid credentials'],
  ['nothing', undefined, 'no basic auth provided'],
  ['another scheme', 'Bearer x', 'invalid authorization scheme prefix'],
  ['no base64', 'Basic !!!', 'invalid authorization format'],
  ['no colon', `Basic ${Buffer.from('user').toString('base64')}`, 'invalid authorization format'],
])('%s', async (_name, header, error) => {
  const { capability } = await started({ htpasswd: { inline } });
  const answer = capability('server_auth').authenticate(given(header), peer);
  if (error === undefined) expect((await answer).get('username')).toMatch(/apr|bcrypt|sha|plain/);
  else await expect(answer).rejects.toThrow(error);
});

test('a file is read anew, inline lines win, and a removed user is no longer accepted', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-htpasswd-'));
  const file = path.join(folder, 'htpasswd');
  await writeFile(file, 'a:one\nb:two\n');
  const { capability, pass } = await started({ htpasswd: { file, inline: 'b:three' } });
  await capability('server_auth').authenticate(given(basic('a', 'one')), peer);
  await capability('server_auth').authenticate(given(basic('b', 'three')), peer);
  await writeFile(file, 'a:changed\n');
  await pass(1500);
  await expect(capability('server_auth').authenticate(given(basic('a', 'one')), peer)).rejects.toThrow(
    'invalid credentials',
  );
  await capability('server_auth').authenticate(given(basic('a', 'changed')), peer);
  await rm(folder, { recursive: true });
});

test('a client sends user and password, from files too', async () => {
  const fixed = await started({ client_auth: { username: 'u', password: 'p' } });
  expect(await fixed.capability('client_auth').requestHeaders({}, emptyContext)).toEqual({
    authorization: basic('u', 'p'),
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-basic-'));
  const file = path.join(folder, 'password');
  await writeFile(file, 'first\n');
  const { capability, pass } = await started({ client_auth: { username: 'u', password_file: file } });
  expect(await capability('client_auth').requestHeaders({}, emptyContext)).toEqual({
    authorization: basic('u', 'first'),
  });
  await writeFile(file, 'second\n');
  await pass(1500);
  expect(await capability('client_auth').requestHeaders({}, emptyContext)).toEqual({
    authorization: basic('u', 'second'),
  });
  await rm(folder, { recursive: true });
});

test.each([
  [{}, 'no credential source provided'],
  [
    { htpasswd: { inline: 'a:b' }, client_auth: { username: 'a', password: 'b' } },
    'only one of `htpasswd` or `client_auth` can be specified',
  ],
  [{ client_auth: { username: 'a:b', password: 'c' } }, 'must not contain'],
  [{ client_auth: { username: 'a' } }, 'requires a password'],
])('%j is refused', (settings, words) => {
  expect(() => definition.config.parse(settings)).toThrow(words);
});

test('a line that is wrong is named by its number, not its content', async () => {
  await expect(started({ htpasswd: { inline: 'a:b\nsecret-without-colon' } })).rejects.toThrow(
    /^htpasswd line 3 is not user:hash$/,
  );
  await expect(started({ htpasswd: { inline: 'a:$6$salt$hash' } })).rejects.toThrow('line 2: SHA-crypt');
});
