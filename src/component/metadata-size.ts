import type { RequestContext } from './consumer.js';

/** Memory of a name or a value beside its characters, and of its place in the map: bytes. */
const perText = 64;

/** Sizes of the metadata that is alive: a request may enter many queues. */
const known: WeakMap<RequestContext['metadata'], number> = new WeakMap();

/** Bytes of memory that client metadata keeps alive; 0 when there is none. Header fields have a byte per character. */
export function metadataBytes(metadata: RequestContext['metadata']): number {
  if (metadata.size === 0) return 0;
  let bytes = known.get(metadata);
  if (bytes !== undefined) return bytes;
  bytes = 0;
  for (const [name, values] of metadata) {
    bytes += name.length + perText;
    for (let i = 0; i < values.length; i++) bytes += (values[i]?.length ?? 0) + perText;
  }
  known.set(metadata, bytes);
  return bytes;
}
