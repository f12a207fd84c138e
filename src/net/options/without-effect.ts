/**
 * Throws at start for an option that another runtime has and this one cannot honour, unless it says nothing: `harmless`
 * are the values that mean "as usual".
 */
export function refuseWithoutEffect<T extends object, K extends keyof T & string>(
  config: T,
  name: K,
  harmless: readonly T[K][],
  why: string,
): void {
  const value = config[name];
  if (!harmless.includes(value)) throw new Error(`${name}: ${String(value)} is not supported: ${why}; remove it`);
}

const ownBuffers = 'Node sizes the buffers of its sockets itself';

/** `read_buffer_size` and `write_buffer_size`: 0 and the Collector's default pass. */
export function refuseBufferSizes(config: {
  readonly read_buffer_size: number;
  readonly write_buffer_size: number;
}): void {
  refuseWithoutEffect(config, 'read_buffer_size', [0, collectorBuffer], ownBuffers);
  refuseWithoutEffect(config, 'write_buffer_size', [0, collectorBuffer], ownBuffers);
}

/** Bytes; the Collector's default wherever it has one. */
const collectorBuffer = 524_288;
