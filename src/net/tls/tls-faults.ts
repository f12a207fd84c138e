import type { Report } from '../../component/schema/schema.js';
import type { TlsConfig } from '../options/tls-client.js';
import type { TlsServerConfig } from '../options/tls-server.js';
import { cipherList, curveList } from './names.js';
import { protocolOptions, readAuthorities, readClientAuthorities, readPair, readPem } from './read.js';

const readable = 'The path counts from the folder that the program starts in; its user must be able to read the file.';

/** Reports what would keep TLS from starting, each at its option: files, names of suites and curves. */
export function tlsFaults(config: TlsConfig, report: Report): void {
  protocolFaults(config, report);
  found(
    () => readAuthorities(config),
    report,
    config.ca_file === '' ? ['ca_pem'] : ['ca_file'],
    config.ca_file === '' ? 'Give certificates in PEM.' : `Give a file with certificates in PEM. ${readable}`,
  );
  pairFaults(config, report);
}

/** The same for a server, with the authorities of its clients. */
export function serverTlsFaults(config: TlsServerConfig, report: Report): void {
  tlsFaults(config, report);
  if (config.client_ca_file !== '')
    found(
      () => readClientAuthorities(config.client_ca_file),
      report,
      ['client_ca_file'],
      `Give a file with the certificates of the clients' authorities in PEM. ${readable}`,
    );
}

function protocolFaults(config: TlsConfig, report: Report): void {
  let named = true;
  for (const [i, suite] of config.cipher_suites.entries())
    named &&= found(
      () => cipherList([suite], config.include_insecure_cipher_suites),
      report,
      ['cipher_suites', i],
      'Use the names of Go, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; unsafe ones need ' +
        '`include_insecure_cipher_suites: true`.',
    );
  for (const [i, curve] of config.curve_preferences.entries())
    named &&= found(() => curveList([curve]), report, ['curve_preferences', i], 'Use X25519, P256, P384 or P521.');
  if (named) found(() => protocolOptions(config), report, [], 'Leave out `cipher_suites` and `curve_preferences`.');
}

function pairFaults(config: TlsConfig, report: Report): void {
  let there = true;
  for (const option of ['cert_file', 'key_file'] as const)
    if (config[option] !== '')
      there =
        found(
          () => readPem(config[option]),
          (message, ...more) =>
            report(`failed to load TLS config: failed to load TLS cert and key: ${message}`, ...more),
          [option],
          readable,
        ) && there;
  if (there)
    found(
      () => readPair(config),
      report,
      [config.cert_file === '' ? 'cert_pem' : 'cert_file'],
      'Give a certificate and the private key that belongs to it, both in PEM.',
    );
}

/** Reports what a step throws. Returns whether it threw nothing. */
function found(step: () => unknown, report: Report, path: readonly (string | number)[], hint: string): boolean {
  try {
    step();
    return true;
  } catch (error) {
    report((error as Error).message, path, undefined, hint);
    return false;
  }
}
