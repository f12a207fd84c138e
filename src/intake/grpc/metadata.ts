import { headerField, fieldsByName, type FieldList } from '../../net/http2/fields.js';

/** Fields of gRPC itself. */
const own: readonly string[] = ['te', 'grpc-timeout', 'grpc-encoding', 'grpc-accept-encoding'];

/** The client metadata of a call (`include_metadata`): its own fields, decoded, and `host`. */
export function grpcMetadata(headers: FieldList): ReadonlyMap<string, readonly string[]> {
  const fields = fieldsByName(headers);
  for (const name of own) fields.delete(name);
  for (const [name, values] of fields) {
    if (!name.endsWith('-bin')) continue;
    const parts = values.flatMap((value) => value.split(','));
    fields.set(
      name,
      parts.map((part) => Buffer.from(part.trim(), 'base64').toString('latin1')),
    );
  }
  const authority = headerField(headers, ':authority');
  if (authority !== undefined) {
    fields.set(':authority', [authority]);
    if (!fields.has('host')) fields.set('host', [authority]);
  }
  return fields;
}
