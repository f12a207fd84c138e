import fs from 'node:fs';
import tls, { type SecureContextOptions, type TlsOptions } from 'node:tls';
import type { Clock } from '../../component/clock.js';
import type { TlsServerConfig } from '../options/tls-server.js';
import { protocolOptions, readAuthorities, ReloadingPair } from './read.js';

/**
 * Options of a TLS server. Certificates are read now, and again as `reload_interval` and `client_ca_file_reload` say.
 * Throws `failed to load TLS config: ...`.
 */
export function serverTls(config: TlsServerConfig, clock: Clock): TlsOptions {
  const fixed: SecureContextOptions = protocolOptions(config);
  const pair = new ReloadingPair(config, clock);
  const clients = new ClientAuthorities(config);
  const current = (): SecureContextOptions => {
    const ca = clients.current() ?? readAuthorities(config);
    return { ...fixed, ...pair.current(), ...(ca === undefined ? {} : { ca }) };
  };
  const options: TlsOptions = {
    ...current(),
    requestCert: config.client_ca_file !== '',
    rejectUnauthorized: config.client_ca_file !== '',
  };
  if (config.reload_interval > 0 || config.client_ca_file_reload) {
    options.SNICallback = (_name, done) => {
      try {
        done(null, tls.createSecureContext(current()));
      } catch (error) {
        done(error as Error);
      }
    };
  }
  return options;
}

class ClientAuthorities {
  readonly #config: TlsServerConfig;
  #pem: string | undefined;
  #changedAt = -1;

  constructor(config: TlsServerConfig) {
    this.#config = config;
    this.#read();
  }

  current(): string | undefined {
    if (this.#config.client_ca_file_reload) this.#read();
    return this.#pem;
  }

  #read(): void {
    const file = this.#config.client_ca_file;
    if (file === '') return;
    try {
      const { mtimeMs } = fs.statSync(file);
      if (mtimeMs === this.#changedAt) return;
      const pem = fs.readFileSync(file, 'utf8');
      if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('failed to parse cert: no certificate in it');
      this.#pem = pem;
      this.#changedAt = mtimeMs;
    } catch (error) {
      // A reload that fails leaves the authorities that were good before.
      if (this.#pem !== undefined) return;
      const { code, message } = error as NodeJS.ErrnoException;
      throw new Error(
        `failed to load TLS config: failed to load client CA CertPool: open ${file}: ` +
          (code === 'ENOENT' ? 'no such file or directory' : message),
        { cause: error },
      );
    }
  }
}
