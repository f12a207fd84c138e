/** Names that mean another one (RFC 9110 8.4.1); `''` is no encoding. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['x-gzip', 'gzip'],
  ['identity', ''],
]);

/** The encoding that a `content-encoding` field names, whatever its case; `''` for none. */
export function contentEncoding(field: string | undefined): string {
  const name = (field ?? '').trim().toLowerCase();
  return aliases.get(name) ?? name;
}
