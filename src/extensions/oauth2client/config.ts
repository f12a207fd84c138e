import { inUseUnless } from '../../component/schema/in-use.js';
import { credentialsFile } from '../../net/credentials/file-fault.js';
import { httpUrlFault } from '../../net/http/url-fault.js';
import { duration, group, list, map, secret, text, type Schema } from '../../component/schema/schema.js';
import { shownNoUrl } from '../../component/shown-url.js';
import { tlsClient, type TlsClientConfig } from '../../net/options/tls-client.js';

/** Options of the extension (docs/spec/core.md#auth-extensions). Times in milliseconds. */
export interface Config {
  readonly client_id: string;
  readonly client_id_file: string;
  readonly client_secret: string;
  readonly client_secret_file: string;
  readonly token_url: string;
  readonly scopes: readonly string[];
  readonly endpoint_params: Readonly<Record<string, readonly string[]>>;
  readonly timeout: number;
  readonly tls: TlsClientConfig;
  readonly expiry_buffer: number;
}

export const config: Schema<Config> = group<Config>(
  {
    client_id: text('', { about: 'Name of this program at the token endpoint.' }),
    client_id_file: credentialsFile('File with it; wins, and is read anew when it changes.'),
    client_secret: secret('', { about: 'The secret that proves it.' }),
    client_secret_file: credentialsFile('File with it; wins, and is read anew when it changes.'),
    token_url: inUseUnless(text('', { about: 'Where tokens are to be had.' }), (url) => httpUrlFault(url, 'token_url')),
    scopes: list(text(), [], { about: 'Permissions to ask for.' }),
    endpoint_params: map(list(secret()), {
      about: 'Further parameters of the request for a token, such as `audience`.',
    }),
    timeout: duration('0s', { about: 'For one request for a token; 0 means 30 s.' }),
    tls: tlsClient(),
    expiry_buffer: duration('5m', { about: 'How long before its end a token is replaced; at most half of its life.' }),
  },
  (value, report) => {
    if (value.client_id === '' && value.client_id_file === '')
      report('no ClientID provided in the OAuth2 exporter configuration');
    if (value.client_secret === '' && value.client_secret_file === '')
      report('no ClientSecret provided in OAuth Client Credentials configuration');
    if (value.token_url === '') report('no TokenURL provided in OAuth Client Credentials configuration');
    else if (!URL.canParse(value.token_url))
      report(`${JSON.stringify(shownNoUrl(value.token_url))} is not a URL`, ['token_url']);
  },
);
