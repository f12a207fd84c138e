/** OpenSSL's alerts of a server that does not accept the client's certificate, or has got none. */
const certificateAlert = /^ERR_SSL_(?:TLSV1\w*|SSLV3|TLS)_ALERT_(?:\w*CERTIFICATE\w*|UNKNOWN_CA|HANDSHAKE_FAILURE)/;

/**
 * Why a TLS handshake of a client failed, with the option that mends it; undefined for an error of another kind.
 * OpenSSL's own text names a file of its source and not the cause.
 */
export function tlsFault(error: unknown): string | undefined {
  const code = codeOf(error as NodeJS.ErrnoException);
  switch (code) {
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_HTTP_REQUEST':
    case 'ERR_SSL_RECORD_TOO_SMALL':
      return 'tls: the server does not speak TLS: use `tls::insecure: true`, or http:// in a URL, if that is meant';
    case 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL':
      return 'tls: the server does not speak HTTP/2 (ALPN): it is no gRPC endpoint';
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
      return 'tls: the server does not accept the version of TLS: see `tls::min_version` and `tls::max_version`';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `tls: failed to verify certificate: ${(error as Error).message}: name its authority in \`tls::ca_file\``;
    default:
      if (code !== undefined && certificateAlert.test(code))
        return (
          'tls: the server refuses the client certificate, or has got none: see `tls::cert_file` and `tls::key_file` ' +
          `(${code})`
        );
      return undefined;
  }
}

/** Node leaves the reason in the message when the socket failed while it was written to. */
function codeOf({ code, message }: NodeJS.ErrnoException): string | undefined {
  const [, reason] = code === 'EPROTO' ? (/:SSL routines:[^:]*:([^:]+):/.exec(message) ?? []) : [];
  return reason === undefined ? code : `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}
