import { flag, group, section, text, type Schema } from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { serverTlsFaults } from '../tls/tls-faults.js';
import { checkTls, tlsShape, type TlsConfig } from './tls-client.js';

/** TLS of a server (docs/spec/core.md#tls). */
export interface TlsServerConfig extends TlsConfig {
  /** Authorities whose certificates clients must show (mTLS). */
  readonly client_ca_file: string;
  readonly client_ca_file_reload: boolean;
}

export function tlsServer(): Schema<TlsServerConfig | undefined> {
  return section<TlsServerConfig>(
    inUse(
      group<TlsServerConfig>(
        {
          ...tlsShape,
          client_ca_file: text('', { about: 'Authorities whose certificates clients must show (mTLS).' }),
          client_ca_file_reload: flag(false, { about: 'Read `client_ca_file` anew when it changes.' }),
        },
        (config, report) => {
          if ((config.cert_file === '' && config.cert_pem === '') || (config.key_file === '' && config.key_pem === ''))
            report('TLS configuration must include both certificate and key for server connections');
          checkTls(config, report);
        },
      ),
      (config, { report }) => serverTlsFaults(config, report),
    ),
    { absent: 'off', empty: 'off' },
    { about: 'TLS towards the clients.' },
  );
}
