/**
 * Names that other components, protocols or programs have for an option: the name that is unknown here, the one that is
 * known here, and what to do.
 */
const counterparts: readonly (readonly [unknown: string, known: string, advice: string])[] = [
  [
    'max_recv_msg_size_mib',
    'max_request_body_size',
    'It is an option of gRPC. Here it is `max_request_body_size`, in bytes.',
  ],
  [
    'max_request_body_size',
    'max_recv_msg_size_mib',
    'It is an option of HTTP. Here it is `max_recv_msg_size_mib`, in MiB.',
  ],
  ['port', 'endpoint', 'A port is a part of `endpoint`, as in `endpoint: localhost:13133`.'],
  ['host', 'endpoint', 'A host is a part of `endpoint`, as in `endpoint: localhost:4317`.'],
  ['address', 'endpoint', 'An address is written as `endpoint`.'],
  ['url', 'endpoint', 'A URL is written as `endpoint`.'],
  ['tls_settings', 'tls', 'These options stand under `tls`.'],
];

/** The advice for an unknown name whose counterpart is among those that are known. */
export function counterpartOf(name: string, known: readonly string[]): string | undefined {
  return counterparts.find(([unknown, here]) => unknown === name && known.includes(here))?.[2];
}
