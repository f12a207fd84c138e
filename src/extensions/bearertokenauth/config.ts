import { inUseUnless } from '../../component/schema/in-use.js';
import { credentialsFault } from '../../net/credentials/file-fault.js';
import { tokensOf } from './tokens-of.js';
import { headerName, headerValue } from '../../component/schema/header-field.js';
import { group, list, secret, text, type Schema } from '../../component/schema/schema.js';

/** Options of the extension (docs/spec/core.md#auth-extensions). */
export interface Config {
  readonly header: string;
  readonly scheme: string;
  readonly token: string;
  readonly tokens: readonly string[];
  readonly filename: string;
}

export const config: Schema<Config> = group<Config>(
  {
    header: text('Authorization', { about: 'Header that carries the token.' }, headerName),
    scheme: text('Bearer', { about: 'Word before the token; empty for the bare token.' }, headerValue),
    token: secret('', { about: 'The token.' }, headerValue),
    tokens: list(secret('', undefined, headerValue), [], {
      about: 'Several tokens: a server takes any of them, a client sends the first.',
    }),
    filename: inUseUnless(
      text('', { about: 'File with one token per line, instead of `token` and `tokens`. Read anew when it changes.' }),
      (file) => (file === '' ? undefined : credentialsFault(file, tokensOf)),
    ),
  },
  (value, report) => {
    if (value.token === '' && value.tokens.length === 0 && value.filename === '') report('no bearer token provided');
    if (value.token !== '' && value.tokens.length > 0) report('either tokens or token should be set, not both');
    if (value.header === '') report('requires a non-empty "header"');
  },
);
