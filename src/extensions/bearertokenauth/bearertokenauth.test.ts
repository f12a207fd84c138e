import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Capabilities } from '../../component/capability.js';
import { emptyContext } from '../../component/consumer.js';
import { hostWith } from '../../../test/support/host.js';
import { heldWorld } from '../../../test/support/held-world.js';
import { definition } from './index.js';

interface Started {
  capability<K extends 'server_auth' | 'client_auth'>(name: K): Capabilities[K];
  pass(ms: number): Promise<void>;
}

async function started(settings: object): Promise<Started> {
  const { context, clock } = heldWorld();
  const extension = await definition.create(definition.config.parse(settings), context);
  await extension.start?.(hostWith());
  return { capability: (name) => hostWith({ own: extension }).capability(name, 'own'), pass: (ms) => clock.pass(ms) };
}

function given(value: string | undefined, header = 'authorization'): ReadonlyMap<string, readonly string[]> {
  return new Map(value === undefined ? [] : [[header, [value]]]);
}

const wrong = 'provided authorization does not match expected scheme or token';

test.each<[string, object, string | undefined, string | undefined]>([
  ['the right token', { token: 'secret' }, 'Bearer secret', undefined],
  ['no header', { token: 'secret' }, undefined, 'missing or empty authorization header: Authorization'],
  ['an empty header', { token: 'secret' }, '', 'missing or empty authorization header: Authorization'],
  ['another token', { token: 'secret' }, 'Bearer secreT', wrong],
  ['the beginning of the token', { token: 'secret' }, 'Bearer secre', wrong],
  ['another scheme', { token: 'secret' }, 'bearer secret', wrong],
  ['no scheme', { token: 'secret' }, 'secret', wrong],
  ['a bare token', { token: 'secret', scheme: '' }, 'secret', undefined],
  ['the second of several', { tokens: ['a', 'b'] }, 'Bearer b', undefined],
  ['none of several', { tokens: ['a', 'b'] }, 'Bearer c', wrong],
])('%s', async (_name, settings, value, error) => {
  const { capability } = await started(settings);
  const answer = capability('server_auth').authenticate(given(value), '');
  if (error === undefined) await expect(answer).resolves.toEqual(new Map());
  else await expect(answer).rejects.toThrow(error);
});

test('a client sends the first token, in the header that is configured', async () => {
  const { capability } = await started({ tokens: ['a', 'b'], header: 'X-Key', scheme: '' });
  expect(await capability('client_auth').requestHeaders({}, emptyContext)).toEqual({ 'x-key': 'a' });
  expect(capability('client_auth').requiresTls).toBe(true);
});

test('a file is read anew, and a broken version leaves the one before in use', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-token-'));
  const file = path.join(folder, 'tokens');
  await writeFile(file, 'old\n\n  older \n');
  const { capability, pass } = await started({ filename: file });
  await capability('server_auth').authenticate(given('Bearer older'), '');
  await writeFile(file, 'newer');
  await pass(1500);
  await capability('server_auth').authenticate(given('Bearer newer'), '');
  await expect(capability('server_auth').authenticate(given('Bearer old'), '')).rejects.toThrow(wrong);
  expect(await capability('client_auth').requestHeaders({}, emptyContext)).toEqual({ authorization: 'Bearer newer' });
  await writeFile(file, '\n');
  await pass(1500);
  await capability('server_auth').authenticate(given('Bearer newer'), '');
  await rm(file);
  await pass(1500);
  await capability('server_auth').authenticate(given('Bearer newer'), '');
  await rm(folder, { recursive: true });
});

test.each(['\r\n', '\n', '\r'])(
  'a token file whose lines end in %j never puts a line break into a header',
  async (end) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'kanmon-token-'));
    const file = path.join(folder, 'tokens');
    await writeFile(file, 'old\n');
    const { capability, pass } = await started({ filename: file });
    const header = (): Promise<unknown> => capability('client_auth').requestHeaders({}, emptyContext);
    await writeFile(file, `${end}new${end}newer${end}`);
    await pass(1500);
    // A carriage return alone ends no line: such a token is none, and the file before stays in use.
    expect(await header()).toEqual({ authorization: end === '\r' ? 'Bearer old' : 'Bearer new' });
    await rm(folder, { recursive: true });
    await writeFile(`${folder}-broken`, 'a\rb');
    const refusal = await started({ filename: `${folder}-broken` }).catch((error: unknown) => error);
    await rm(`${folder}-broken`);
    expect(String(refusal)).toContain('token 1 of the file has characters that no header may have');
    expect(String(refusal)).not.toContain('a\rb');
  },
);

test('what cannot work is refused', async () => {
  const parse = (settings: object): unknown => definition.config.parse(settings);
  expect(() => parse({})).toThrow('no bearer token provided');
  expect(() => parse({ token: 'a', tokens: ['b'] })).toThrow('not both');
  await expect(started({ filename: '/nowhere/tokens' })).rejects.toThrow('ENOENT');
});
