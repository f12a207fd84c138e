import type { Offers } from '../../component/capability.js';
import type { ComponentContext, Extension } from '../../component/define.js';
import { ReloadedFile } from '../../net/credentials/reloaded-file.js';
import type { ClientAuthConfig, Config, HtpasswdConfig } from './config.js';
import { HashAside } from './hash-aside.js';
import { parseHtpasswd, type Htpasswd } from './htpasswd.js';
import { Verifier } from './verifier.js';

type Basicauth = Extension & { readonly offers: Partial<Offers<'server_auth' | 'client_auth'>> };

/** `hashes` compares with costly hashes. */
export function createBasicauth(
  config: Config,
  context: ComponentContext,
  hashes: Pick<HashAside, 'matches' | 'close'> = new HashAside(context.clock, context.logger),
): Basicauth {
  if (config.client_auth) return client(config.client_auth, context);
  return server(config.htpasswd ?? { file: '', inline: '' }, context, hashes);
}

function server(
  config: HtpasswdConfig,
  { clock, logger }: ComponentContext,
  hashes: Pick<HashAside, 'matches' | 'close'>,
): Basicauth {
  let users: () => Htpasswd = () => new Map();
  const verifier = new Verifier(
    () => users(),
    (password, hash) => hashes.matches(password, hash),
    clock,
  );
  return {
    start() {
      // Those in place win, so they come last.
      const whole = (file: string): Htpasswd => parseHtpasswd(`${file}\n${config.inline}`);
      const fixed = whole('');
      if (config.file === '') users = () => fixed;
      else {
        const file = new ReloadedFile(config.file, whole, clock, logger);
        users = () => file.value;
      }
    },
    shutdown: () => hashes.close(),
    offers: {
      server_auth: {
        async authenticate(headers, peer) {
          const given = headers.get('authorization')?.[0];
          if (given === undefined || given === '') throw new Error('no basic auth provided');
          if (!/^basic /i.test(given)) throw new Error('invalid authorization scheme prefix');
          const encoded = given.slice('Basic '.length);
          const pair = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, 'base64').toString() : '';
          const colon = pair.indexOf(':');
          if (colon < 0) throw new Error('invalid authorization format');
          const username = pair.slice(0, colon);
          if (!(await verifier.verify(username, pair.slice(colon + 1), peer))) throw new Error('invalid credentials');
          return new Map([
            ['username', username],
            ['raw', encoded],
          ]);
        },
      },
    },
  };
}

function client(config: ClientAuthConfig, { clock, logger }: ComponentContext): Basicauth {
  let username = (): string => config.username;
  let password = (): string => config.password;
  return {
    start() {
      const trimmed = (text: string): string => text.trim();
      if (config.username_file !== '') {
        const file = new ReloadedFile(config.username_file, trimmed, clock, logger);
        username = () => file.value;
      }
      if (config.password_file !== '') {
        const file = new ReloadedFile(config.password_file, trimmed, clock, logger);
        password = () => file.value;
      }
    },
    offers: {
      client_auth: {
        requiresTls: true,
        requestHeaders: (present) =>
          Promise.resolve({
            ...present,
            authorization: `Basic ${Buffer.from(`${username()}:${password()}`).toString('base64')}`,
          }),
      },
    },
  };
}
