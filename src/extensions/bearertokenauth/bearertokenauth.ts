import type { ComponentContext, Providing } from '../../component/define.js';
import { ReloadedFile } from '../../net/credentials/reloaded-file.js';
import { digest, isOneOf } from '../../net/credentials/same-secret.js';
import type { Config } from './config.js';
import { tokensOf } from './tokens-of.js';

/** The expected value of a request's header, in the two forms that are needed. */
interface Tokens {
  readonly first: string;
  readonly digests: readonly Buffer[];
}

const nothingKnown: ReadonlyMap<string, unknown> = new Map();

export function createBearertokenauth(
  config: Config,
  context: ComponentContext,
): Providing<'server_auth' | 'client_auth'> {
  const field = config.header.toLowerCase();
  const prefix = config.scheme === '' ? '' : `${config.scheme} `;
  const prepared = (tokens: readonly string[]): Tokens => ({
    first: `${prefix}${tokens[0] ?? ''}`,
    digests: tokens.map((token) => digest(`${prefix}${token}`)),
  });
  let current: () => Tokens = () => prepared([]);
  return {
    start() {
      if (config.filename === '') {
        const tokens = prepared(config.token === '' ? config.tokens : [config.token]);
        current = () => tokens;
        return;
      }
      const file = new ReloadedFile(config.filename, (text) => prepared(tokensOf(text)), context.clock, context.logger);
      current = () => file.value;
    },
    offers: {
      server_auth: {
        authenticate(headers) {
          const given = headers.get(field)?.[0];
          if (given === undefined || given === '')
            return Promise.reject(new Error(`missing or empty authorization header: ${config.header}`));
          if (isOneOf(given, current().digests)) return Promise.resolve(nothingKnown);
          return Promise.reject(new Error('provided authorization does not match expected scheme or token'));
        },
      },
      client_auth: {
        requiresTls: true,
        requestHeaders: (present) => Promise.resolve({ ...present, [field]: current().first }),
      },
    },
  };
}
