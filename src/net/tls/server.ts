import fs from 'node:fs';
import type tls from 'node:tls';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { TlsServerConfig } from '../options/tls-server.js';
import { handshakeMs } from './handshakes.js';
import { protocolOptions, readAuthorities, readClientAuthorities, ReloadingPair } from './read.js';

/** TLS of one server. */
export interface ServerTls {
  readonly options: TlsOptions;
  /** Lets a server of these options use certificates and client authorities in their newest version. */
  keepNew(server: tls.Server): void;
}

/** How often the file of the client authorities is looked at, milliseconds (docs/spec/core.md#tls). */
const lookEveryMs = 1000;

/**
 * Reads the certificates now, and again at handshakes as `reload_interval` and `client_ca_file_reload` say. Throws
 * `failed to load TLS config: ...`; what cannot be loaded later leaves the version before in use, and is logged once.
 */
export function serverTls(config: TlsServerConfig, clock: Clock, logger: Logger): ServerTls {
  const fixed: SecureContextOptions = protocolOptions(config);
  const authorities = readAuthorities(config);
  const pair = new ReloadingPair(config, clock, logger);
  const clients = new ClientAuthorities(config, clock, logger);
  const current = (): SecureContextOptions => {
    const ca = clients.current() ?? authorities;
    return { ...fixed, ...pair.current(), ...(ca === undefined ? {} : { ca }) };
  };
  return {
    options: {
      ...current(),
      requestCert: config.client_ca_file !== '',
      rejectUnauthorized: config.client_ca_file !== '',
      handshakeTimeout: handshakeMs,
    },
    keepNew(server) {
      if (config.reload_interval <= 0 && !config.client_ca_file_reload) return;
      let used = { pair: pair.current(), ca: clients.current() };
      // Before the handshake begins: `SNICallback` is not asked for clients that send no name.
      server.prependListener('connection', () => {
        const next = { pair: pair.current(), ca: clients.current() };
        if (next.pair === used.pair && next.ca === used.ca) return;
        server.setSecureContext(current());
        used = next;
      });
    },
  };
}

class ClientAuthorities {
  readonly #config: TlsServerConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #pem: string | undefined;
  #version = '';
  #lookedAt: number;
  #failing = false;

  constructor(config: TlsServerConfig, clock: Clock, logger: Logger) {
    this.#config = config;
    this.#clock = clock;
    this.#logger = logger;
    this.#lookedAt = clock.now();
    const file = config.client_ca_file;
    if (file === '') return;
    // The version first: content that comes between is read again, and not missed.
    const version = fs.existsSync(file) ? versionOf(file) : '';
    this.#pem = readClientAuthorities(file);
    this.#version = version;
  }

  current(): string | undefined {
    const { client_ca_file: file, client_ca_file_reload: reloads } = this.#config;
    const now = this.#clock.now();
    if (!reloads || file === '' || now - this.#lookedAt < lookEveryMs) return this.#pem;
    this.#lookedAt = now;
    try {
      this.#read(file);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        this.#logger.warn('Client authorities could not be reloaded; those before stay in use', { error });
      this.#failing = true;
    }
    return this.#pem;
  }

  #read(file: string): void {
    const version = versionOf(file);
    if (version === this.#version) return;
    this.#pem = readClientAuthorities(file);
    this.#version = version;
  }
}

/** Also a file put in place of another within one tick of the file system's clock is another version. */
function versionOf(file: string): string {
  const { mtimeNs, size, ino } = fs.statSync(file, { bigint: true });
  return `${mtimeNs} ${size} ${ino}`;
}
