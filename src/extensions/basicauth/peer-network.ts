/**
 * The part of a peer's address (`host:port`) that one owner has: the IPv4 address, or the first 64 bits of an IPv6
 * address. Empty for a socket with a path.
 */
export function networkOf(peer: string): string {
  const address = peer.slice(0, Math.max(0, peer.lastIndexOf(':')));
  if (!address.startsWith('[')) return address;
  const host = address.slice(1, -1).split('%')[0] ?? '';
  // A socket for both versions shows IPv4 so.
  if (host.startsWith('::ffff:') && host.includes('.')) return host.slice('::ffff:'.length);
  const [front = [], back] = host.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = back === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...(back ?? [])];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
