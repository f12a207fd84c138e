import { duration, flag, group, list, secret, text, type Schema, type Report } from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { tlsFaults } from '../tls/tls-faults.js';
import { tlsVersions } from '../tls/names.js';

/** The TLS options that clients and servers share (docs/spec/core.md#tls). */
export interface TlsConfig {
  readonly ca_file: string;
  readonly ca_pem: string;
  readonly cert_file: string;
  readonly cert_pem: string;
  readonly key_file: string;
  readonly key_pem: string;
  readonly include_system_ca_certs_pool: boolean;
  readonly min_version: string;
  readonly max_version: string;
  readonly cipher_suites: readonly string[];
  readonly include_insecure_cipher_suites: boolean;
  readonly curve_preferences: readonly string[];
  readonly reload_interval: number;
}

export interface TlsClientConfig extends TlsConfig {
  readonly insecure: boolean;
  readonly insecure_skip_verify: boolean;
  readonly server_name_override: string;
}

export const tlsShape: { readonly [K in keyof TlsConfig]-?: Schema<TlsConfig[K]> } = {
  ca_file: text('', { about: 'File with the certificates of authorities to trust; the system’s when empty.' }),
  ca_pem: secret('', { about: 'The same, inline.' }),
  cert_file: text('', { about: 'File with the own certificate chain.' }),
  cert_pem: secret('', { about: 'The same, inline.' }),
  key_file: text('', { about: 'File with the key of the own certificate.' }),
  key_pem: secret('', { about: 'The same, inline.' }),
  include_system_ca_certs_pool: flag(false, { about: 'Trust the system’s authorities besides the given ones.' }),
  min_version: text('', { about: 'Lowest TLS version, 1.2 when empty.' }),
  max_version: text('', { about: 'Highest TLS version, 1.3 when empty.' }),
  cipher_suites: list(text(), [], {
    about: 'Cipher suites of TLS 1.2, by their standard names; safe ones when empty.',
  }),
  include_insecure_cipher_suites: flag(false, { about: 'Let `cipher_suites` name unsafe ones.' }),
  curve_preferences: list(text(), [], { about: 'Curves for the key exchange: X25519, P256, P384, P521.' }),
  reload_interval: duration('0s', { about: 'Read certificate and key anew when this old; 0 never.' }),
};

/** The checks that need no file. */
export function checkTls(config: TlsConfig, report: Report): void {
  if (config.ca_file !== '' && config.ca_pem !== '')
    report('provide either a CA file or the PEM-encoded string, but not both');
  if (config.cert_file !== '' && config.cert_pem !== '')
    report('provide either a certificate or the PEM-encoded string, but not both');
  if (config.key_file !== '' && config.key_pem !== '')
    report('provide either a key or the PEM-encoded string, but not both');
  const cert = config.cert_file !== '' || config.cert_pem !== '';
  const key = config.key_file !== '' || config.key_pem !== '';
  if (cert !== key)
    report('TLS configuration must include both certificate and key (CertFile/CertPem and KeyFile/KeyPem)');
  for (const name of ['min_version', 'max_version'] as const)
    if (config[name] !== '' && !(config[name] in tlsVersions))
      report(`invalid TLS ${name}: unsupported TLS version: ${JSON.stringify(config[name])}`, [name]);
  if (config.min_version !== '' && config.max_version !== '' && config.min_version > config.max_version)
    report('invalid TLS configuration: min_version cannot be greater than max_version');
}

export function tlsClient(): Schema<TlsClientConfig> {
  return inUse(
    group<TlsClientConfig>(
      {
        ...tlsShape,
        insecure: flag(false, { about: 'No TLS at all (gRPC); for `https` endpoints it stays on.' }),
        insecure_skip_verify: flag(false, { about: 'Accept any certificate: only for trials.' }),
        server_name_override: text('', { about: 'Name to ask for and to verify instead of the endpoint’s.' }),
      },
      checkTls,
      { about: 'TLS towards the backend.' },
    ),
    (config, { report }) => tlsFaults(config, report),
  );
}
