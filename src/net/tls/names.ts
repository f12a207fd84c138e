/** Go's names of TLS things, as they stand in configurations, and what Node calls them (docs/spec/core.md#tls). */

export const tlsVersions = { '1.0': 'TLSv1', '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;

/** Cipher suites of TLS 1.2 and below that are considered safe. */
const safe: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
};

const suites13: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: 'TLS_AES_128_GCM_SHA256',
  TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384',
  TLS_CHACHA20_POLY1305_SHA256: 'TLS_CHACHA20_POLY1305_SHA256',
};

/** Suites that need `include_insecure_cipher_suites`. Those that OpenSSL no longer has are named in the error. */
const insecure: Readonly<Record<string, string>> = {
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
};

const curveNames: Readonly<Record<string, string>> = { X25519: 'X25519', P256: 'P-256', P384: 'P-384', P521: 'P-521' };

/** OpenSSL's cipher list for Go suite names; undefined when none is named. Throws `invalid TLS cipher suite: "X"`. */
export function cipherList(names: readonly string[], withInsecure: boolean): string | undefined {
  if (names.length === 0) return undefined;
  const known = { ...safe, ...suites13, ...(withInsecure ? insecure : {}) };
  const found = names.map((name) => {
    const suite = known[name];
    if (suite === undefined) throw new Error(`invalid TLS cipher suite: ${JSON.stringify(name)}`);
    return suite;
  });
  // Go does not let one choose among the TLS 1.3 suites: they are always on.
  return [...new Set([...Object.values(suites13), ...found])].join(':');
}

/** Node's `ecdhCurve` for curve names; undefined when none is named. Throws on a curve that Node does not have. */
export function curveList(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  return names
    .map((name) => {
      const curve = curveNames[name];
      if (curve === undefined)
        throw new Error(
          `invalid curve type ${JSON.stringify(name)} in curve_preferences, one of ` +
            `${Object.keys(curveNames).join(', ')} expected`,
        );
      return curve;
    })
    .join(':');
}
