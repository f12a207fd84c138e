/** The host of a sender's address `host:port`, or the path of its socket. */
export function hostOfPeer(peer: string): string {
  const port = /:\d+$/.exec(peer);
  const host = port ? peer.slice(0, port.index) : peer;
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
