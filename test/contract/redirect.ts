import path from 'node:path';

/** The addresses and files of a test. */
export interface Places {
  /** The next address to listen on, `host:port`. */
  listen(): string;
  /** The next backend's address, `host:port`. */
  backend(): string;
  readonly folder: string;
}

/**
 * The decoded configuration of an example with its addresses, files and retry delays replaced by those of the test. On
 * the server side an `endpoint` is an address to listen on, on the client side an address to send to.
 */
export function redirected(config: unknown, side: 'server' | 'client', places: Places): unknown {
  const walk = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) {
      if (key === 'hostnames') return value.map(() => places.backend());
      return value.map((element) => walk(element, ''));
    }
    if (typeof value === 'object' && value !== null) {
      const inner = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one, name)]));
      // Otherwise it writes to the console.
      return inner['use_internal_logger'] === false
        ? { ...inner, output_paths: [path.join(places.folder, 'output.txt')] }
        : inner;
    }
    if (key === 'insecure') return true;
    if (key === 'initial_interval' || key === 'max_interval') return 10;
    return typeof value === 'string' && value !== '' ? place(value, key) : value;
  };
  const place = (value: string, key: string): string => {
    const isUrl = value.includes('://');
    if (key === 'listen_address') return places.listen();
    if (key === 'directory') return places.folder;
    if (/(^|_)endpoint$/.test(key)) {
      if (side === 'server') return places.listen();
      return isUrl ? `http://${places.backend()}` : places.backend();
    }
    if (key.endsWith('_url') && isUrl) return `http://${places.backend()}`;
    return key === 'path' && value.startsWith('./') ? path.join(places.folder, value) : value;
  };
  return walk(config, '');
}

/** Every address in a decoded configuration under the key `endpoint`; empty is one of somebody else. */
export function endpointsOf(config: unknown): string[] {
  if (typeof config !== 'object' || config === null) return [];
  return Object.entries(config).flatMap(([key, value]) =>
    key === 'endpoint' && typeof value === 'string' ? [value].filter(Boolean) : endpointsOf(value),
  );
}
