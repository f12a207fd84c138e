import fs from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import tls from 'node:tls';
import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { TlsConfig } from '../options/tls-client.js';
import { cipherList, curveList, tlsVersions } from './names.js';

const goErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
};

/** A file in PEM, in Go's words for what keeps it from being read. */
export function readPem(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`open ${file}: ${goErrors[code ?? ''] ?? message}`, { cause: error });
  }
}

/** The authorities to trust; undefined means the system's. Throws `failed to load TLS config: ...`. */
export function readAuthorities(config: TlsConfig): string[] | undefined {
  if (config.ca_file === '' && config.ca_pem === '') return undefined;
  let pem: string;
  try {
    pem = config.ca_file === '' ? config.ca_pem : readPem(config.ca_file);
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('failed to parse cert: no certificate in it');
  } catch (error) {
    throw new Error(
      `failed to load TLS config: failed to load CA CertPool ${config.ca_file === '' ? 'PEM' : 'File'}: ` +
        (error as Error).message,
      { cause: error },
    );
  }
  return config.include_system_ca_certs_pool ? [pem, ...tls.rootCertificates] : [pem];
}

/** The authorities of clients, in PEM. Throws `failed to load TLS config: ...`. */
export function readClientAuthorities(file: string): string {
  try {
    const pem = readPem(file);
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('failed to parse cert: no certificate in it');
    tls.createSecureContext({ ca: pem });
    return pem;
  } catch (error) {
    throw new Error(`failed to load TLS config: failed to load client CA CertPool: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** The own certificate and its key; undefined when there is none. Throws `failed to load TLS config: ...`. */
export function readPair(config: TlsConfig): Pair | undefined {
  if (config.cert_file === '' && config.cert_pem === '') return undefined;
  try {
    const pair = {
      cert: config.cert_file === '' ? config.cert_pem : readPem(config.cert_file),
      key: config.key_file === '' ? config.key_pem : readPem(config.key_file),
    };
    tls.createSecureContext(pair);
    return pair;
  } catch (error) {
    throw new Error(`failed to load TLS config: failed to load TLS cert and key: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Versions, suites and curves; what is not named has Go's default (TLS 1.2 and up). */
export function protocolOptions(config: TlsConfig): SecureContextOptions {
  const options: SecureContextOptions = {
    minVersion: tlsVersions[(config.min_version === '' ? '1.2' : config.min_version) as keyof typeof tlsVersions],
    maxVersion: tlsVersions[(config.max_version === '' ? '1.3' : config.max_version) as keyof typeof tlsVersions],
  };
  try {
    const ciphers = cipherList(config.cipher_suites, config.include_insecure_cipher_suites);
    if (ciphers !== undefined) options.ciphers = ciphers;
    const curves = curveList(config.curve_preferences);
    if (curves !== undefined) options.ecdhCurve = curves;
    tls.createSecureContext(options);
  } catch (error) {
    throw new Error(`failed to load TLS config: ${(error as Error).message}`, { cause: error });
  }
  return options;
}

/** How soon a reload that failed is tried again, milliseconds. */
const againMs = 1000;

/**
 * Certificate and key, read at start and again once they are `reload_interval` old. A pair that cannot be loaded, such
 * as a certificate that is there before its key, leaves the one before in use and is logged once.
 */
export class ReloadingPair {
  readonly #config: TlsConfig;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  #pair: Pair | undefined;
  #dueAt: number;
  #failing = false;

  constructor(config: TlsConfig, clock: Clock, logger?: Logger) {
    this.#config = config;
    this.#clock = clock;
    this.#logger = logger;
    this.#pair = readPair(config);
    this.#dueAt = config.reload_interval > 0 ? clock.now() + config.reload_interval : Number.POSITIVE_INFINITY;
  }

  /** The pair in use: the same object until another one is loaded. */
  current(): Pair | undefined {
    const now = this.#clock.now();
    if (this.#pair !== undefined && now >= this.#dueAt) this.#reload(this.#pair, now);
    return this.#pair;
  }

  #reload(before: Pair, now: number): void {
    const { reload_interval } = this.#config;
    try {
      const next = readPair(this.#config);
      if (next?.cert !== before.cert || next.key !== before.key) this.#pair = next;
      this.#dueAt = now + reload_interval;
      this.#failing = false;
    } catch (error) {
      this.#dueAt = now + Math.min(reload_interval, againMs);
      if (!this.#failing)
        this.#logger?.warn('A new certificate could not be loaded; the one before stays in use', { error });
      this.#failing = true;
    }
  }
}
