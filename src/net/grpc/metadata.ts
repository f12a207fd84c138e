import type { FieldList } from '../http2/fields.js';

/**
 * Names and values as gRPC puts them on the wire: names in lower case, values of `-bin` names in base64. Names that
 * HTTP/2 or gRPC keep for themselves are left out, as grpc-go does. Throws in grpc-go's words what cannot be sent.
 */
export function metadataFields(pairs: Iterable<readonly [name: string, value: string]>): FieldList {
  const fields: string[] = [];
  for (const [given, value] of pairs) {
    const name = given.toLowerCase();
    if (name.startsWith(':') || reserved.has(name)) continue;
    if (!/^[0-9a-z_.-]+$/.test(name))
      throw new Error(`header key ${JSON.stringify(given)} contains illegal characters not in [0-9a-z-_.]`);
    if (name.endsWith('-bin'))
      fields.push(
        name,
        Buffer.from(value)
          .toString('base64')
          .replace(/(?<!=)=+$/, ''),
      );
    else if (/^[\x20-\x7e]*$/.test(value)) fields.push(name, value);
    else throw new Error(`header key ${JSON.stringify(given)} contains value with non-printable ASCII characters`);
  }
  return fields;
}

const reserved: ReadonlySet<string> = new Set([
  ...['content-type', 'te', 'user-agent', 'grpc-encoding', 'grpc-accept-encoding', 'grpc-timeout'],
  ...['grpc-message-type', 'grpc-message', 'grpc-status', 'grpc-status-details-bin'],
  ...['connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'host', 'content-length'],
]);
