const lineBreak = /[\r\n]/;

/** A command of Memcached without the values that follow it on further lines. */
export function sanitizedMemcached(text: string): string {
  const at = text.search(lineBreak);
  return (at < 0 ? text : text.slice(0, at)).trim();
}
