/** What an extension offers that signs requests of clients (`auth::authenticator`). */
export interface ClientAuthenticator {
  /** True when a gRPC connection without TLS must not carry it, as grpc-go has it. */
  readonly requiresTls?: boolean;
  /** Headers to add to one request; a rejection fails that request. Names are lower case. */
  requestHeaders(): Promise<Readonly<Record<string, string>>>;
}

export function isClientAuthenticator(extension: unknown): extension is ClientAuthenticator {
  return (
    typeof extension === 'object' && extension !== null && 'requestHeaders' in extension && typeof extension.requestHeaders === 'function'
  );
}
