import type { TlsOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';

/** Whether two servers have the same options and certificates; functions only read these again. */
export function sameTls(a: TlsOptions | undefined, b: TlsOptions | undefined): boolean {
  return isDeepStrictEqual(a && withoutFunctions(a), b && withoutFunctions(b));
}

function withoutFunctions(options: TlsOptions): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value !== 'function'));
}
