import type { TextFault } from '../../component/config-value-error.js';
import { inUseUnless } from '../../component/schema/in-use.js';
import { credentialsFault, credentialsFile } from '../../net/credentials/file-fault.js';
import { parseHtpasswd } from './htpasswd.js';
import { group, secret, section, text, type Schema } from '../../component/schema/schema.js';

export interface HtpasswdConfig {
  readonly file: string;
  readonly inline: string;
}

export interface ClientAuthConfig {
  readonly username: string;
  readonly username_file: string;
  readonly password: string;
  readonly password_file: string;
}

/** Options of the extension (docs/spec/core.md#auth-extensions): a server's side or a client's. */
export interface Config {
  readonly htpasswd: HtpasswdConfig | undefined;
  readonly client_auth: ClientAuthConfig | undefined;
}

function inlineFault(lines: string): TextFault | undefined {
  try {
    parseHtpasswd(lines);
    return undefined;
  } catch (error) {
    return { message: (error as Error).message, hint: 'Each line is user:hash, as `htpasswd -nB user` writes it.' };
  }
}

const off = { absent: 'off' } as const;

export const config: Schema<Config> = group<Config>(
  {
    htpasswd: section<HtpasswdConfig>(
      group<HtpasswdConfig>({
        file: inUseUnless(
          text('', { about: 'File with one `user:hash` per line. Read anew when it changes.' }),
          (file) => (file === '' ? undefined : credentialsFault(file, parseHtpasswd)),
        ),
        inline: inUseUnless(
          secret('', { about: 'The same lines in place; they win over those of the file.' }),
          inlineFault,
        ),
      }),
      off,
      { about: 'Users that may send.' },
    ),
    client_auth: section<ClientAuthConfig>(
      group<ClientAuthConfig>({
        username: text('', { about: 'User.' }),
        username_file: credentialsFile('File with the user, instead. Read anew when it changes.'),
        password: secret('', { about: 'Password.' }),
        password_file: credentialsFile('File with the password, instead. Read anew when it changes.'),
      }),
      off,
      { about: 'Credentials that an exporter sends.' },
    ),
  },
  ({ htpasswd, client_auth: client }, report) => {
    if (htpasswd && client) report('only one of `htpasswd` or `client_auth` can be specified');
    else if (!client && (!htpasswd || (htpasswd.file === '' && htpasswd.inline === '')))
      report('no credential source provided');
    if (client && client.username === '' && client.username_file === '')
      report('requires a username or a username_file', ['client_auth']);
    if (client && client.password === '' && client.password_file === '')
      report('requires a password or a password_file', ['client_auth']);
    if (client?.username.includes(':')) report('username must not contain ":"', ['client_auth', 'username']);
  },
);
