/** Header or trailer fields in the order they came: name and value in turn. Names are lower case. */
export type FieldList = readonly string[];

/** The first value under a name. */
export function headerField(fields: FieldList, name: string): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}

/** The size of a list as RFC 9113 6.5.2 counts it, bytes. */
export function fieldListSize(fields: FieldList): number {
  // Names and values are latin-1.
  let size = 16 * fields.length;
  for (const part of fields) size += part.length;
  return size;
}

/** All fields except the pseudo-header fields, by name. */
export function fieldsByName(fields: FieldList): Map<string, readonly string[]> {
  const byName = new Map<string, string[]>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [name = '', value = ''] = [fields[i], fields[i + 1]];
    if (name.startsWith(':')) continue;
    const values = byName.get(name);
    if (values) values.push(value);
    else byName.set(name, [value]);
  }
  return byName;
}

/** RFC 9113 8.2.2: what speaks of a connection means nothing here. */
const connectionFields: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// eslint-disable-next-line no-control-regex -- these three are what the RFC forbids
const forbidden = /[\0\r\n]/;

/** Describes how the fields of a request are malformed (RFC 9113 8.2 and 8.3); undefined when they are not. */
export function requestFault(fields: FieldList): string | undefined {
  let method: string | undefined;
  let scheme: string | undefined;
  let path: string | undefined;
  let authority: string | undefined;
  let regular = false;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = fields[i + 1] as string;
    if (name.charCodeAt(0) !== 0x3a) {
      regular = true;
      const fault = fieldFault(name, value);
      if (fault !== undefined) return fault;
      continue;
    }
    if (regular) return `the pseudo-header ${name} comes after a header field`;
    if (forbidden.test(value)) return `the value of ${name} has a character that is not allowed`;
    const before =
      name === ':method'
        ? method
        : name === ':scheme'
          ? scheme
          : name === ':path'
            ? path
            : name === ':authority'
              ? authority
              : '';
    if (before === '') return `the pseudo-header ${JSON.stringify(name)} is not one of a request`;
    if (before !== undefined) return `the pseudo-header ${name} comes twice`;
    if (value === '' && name !== ':authority') return `the pseudo-header ${name} is empty`;
    if (name === ':method') method = value;
    else if (name === ':scheme') scheme = value;
    else if (name === ':path') path = value;
    else authority = value;
  }
  if (method === undefined) return 'the pseudo-header :method is missing';
  if (method === 'CONNECT') return 'CONNECT is not served';
  if (scheme === undefined) return 'the pseudo-header :scheme is missing';
  if (path === undefined) return 'the pseudo-header :path is missing';
  return undefined;
}

/** Describes how the fields of a response are malformed; undefined when they are not. */
export function responseFault(fields: FieldList): string | undefined {
  if (fields[0] !== ':status' || !/^[1-9]\d\d$/.test(fields[1] as string)) return 'the response has no :status';
  return trailerFault(fields.slice(2));
}

/** Describes how trailers are malformed; undefined when they are not. */
export function trailerFault(fields: FieldList): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    const fault = fieldFault(fields[i] as string, fields[i + 1] as string);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function fieldFault(name: string, value: string): string | undefined {
  if (!token.test(name)) return `the field name ${JSON.stringify(name)} is not allowed`;
  if (forbidden.test(value)) return `the value of ${name} has a character that is not allowed`;
  if (connectionFields.has(name)) return `the field ${name} is not allowed in HTTP/2`;
  if (name === 'te' && value !== 'trailers') return 'te may only be "trailers"';
  return undefined;
}
