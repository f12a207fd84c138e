/** Frame types (RFC 9113 6). */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags; which of them mean something depends on the type. */
export const frameFlag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Error codes (RFC 9113 7). */
export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

export type ErrorCode = (typeof errorCode)[keyof typeof errorCode];

/** The connection preface of a client (RFC 9113 3.4). */
export const preface: Uint8Array = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Bytes of the header that begins every frame. */
export const headerSize = 9;

/** The frame payload that every peer takes, and the least that may be set, bytes. */
export const leastMaxFrame: number = 16_384;
export const largestMaxFrame: number = (1 << 24) - 1;
export const largestWindow: number = 0x7fffffff;
export const largestStream: number = 0x7fffffff;
/** Of a stream before SETTINGS, and of a connection before WINDOW_UPDATE, bytes. */
export const firstWindow: number = 65_535;

/** The peer broke the rules in a way that leaves nothing of the connection to trust: GOAWAY and the end. */
export class ConnectionError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A client does not begin as HTTP/2 does. */
export class NotHttp2 extends ConnectionError {
  /** The first bytes that it has sent. */
  readonly first: Uint8Array;

  constructor(first: Uint8Array) {
    super(errorCode.protocolError, 'the connection preface is not that of HTTP/2');
    this.first = first;
  }
}

/**
 * The protocol of a server that begins with these bytes, if it is one that gRPC is often pointed at by mistake;
 * undefined for anything else.
 */
export function foreignServer(first: Uint8Array): string | undefined {
  if (Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, 5)).toString('latin1') === 'HTTP/')
    return (
      'the server speaks HTTP/1.1, not HTTP/2: it is no gRPC endpoint; use its port for gRPC (usually 4317), or ' +
      'otlp_http'
    );
  // A record of TLS: an alert or a handshake, and the major version.
  if ((first[0] === 0x15 || first[0] === 0x16) && first[1] === 3)
    return 'the server expects TLS, and this client sends without: remove `tls::insecure: true`';
  return undefined;
}
