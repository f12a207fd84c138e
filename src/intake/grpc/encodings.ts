import type { Encoding } from '../../net/compression/decompress.js';

/** The encodings of gRPC by name: its `snappy` is the framed format. */
const encodings: ReadonlyMap<string, Encoding> = new Map([
  ['gzip', 'gzip'],
  ['zstd', 'zstd'],
  ['snappy', 'x-snappy-framed'],
]);

/** The compression that a `grpc-encoding` names; undefined when the name is unknown or means none. */
export function grpcEncoding(name: string): Encoding | undefined {
  return encodings.get(name);
}
