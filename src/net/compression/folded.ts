import { crc32 } from 'node:zlib';

/**
 * From this length on (bytes) a checksum costs less by `wasm/crc32` than by zlib: the rest that folding leaves has to
 * be summed as well.
 */
export const foldFrom: number = 32 * 1024;

/** The exports of a module that folds checksums; addresses and sizes in bytes. */
export interface Folding {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly foldedSize: { readonly value: number };
  /** Where what is left of the message lies. To be asked once. */
  folded(): number;
}

/** The CRC-32 of the message that was folded. */
export function sumFolded(module: Folding): number {
  const from = module.folded();
  // The register with which the checksum starts is in what was folded: here it is zeros, which zlib takes inverted.
  return crc32(new Uint8Array(module.memory.buffer, from, module.foldedSize.value), 0xffff_ffff);
}
