import { headerName, headerValueFault } from '../../component/schema/header-field.js';
import { choice, group, list, text, type Schema } from '../../component/schema/schema.js';

const actions = ['insert', 'update', 'upsert', 'delete'] as const;

export interface HeaderConfig {
  readonly key: string;
  readonly action: (typeof actions)[number];
  readonly value: string;
  readonly from_context: string;
  readonly from_attribute: string;
  readonly default_value: string;
}

/** Options of the extension (docs/spec/core.md#auth-extensions). */
export interface Config {
  readonly headers: readonly HeaderConfig[];
}

const sources = ['value', 'from_context', 'from_attribute'] as const;

export const config: Schema<Config> = group<Config>(
  {
    headers: list(
      group<HeaderConfig>({
        key: text('', { about: 'Header.' }, headerName),
        action: choice(actions, 'upsert', {
          about: '`insert` unless it is there, `update` only if it is there, `upsert` in any case, `delete`.',
        }),
        value: text('', { about: 'Its value, the same for all requests.' }),
        from_context: text('', {
          about: 'Client metadata that has the value (`include_metadata: true` of the receiver).',
        }),
        from_attribute: text('', {
          about: 'Attribute of the sender that the authenticator of the receiver has set, such as `username`.',
        }),
        default_value: text('', { about: 'Value where metadata or attribute are missing.' }),
      }),
      [],
      { about: 'Changes to the headers of each request, in this order.' },
    ),
  },
  ({ headers }, report) => {
    if (headers.length === 0) report('missing headers configuration', ['headers']);
    for (const [i, header] of headers.entries()) {
      const given = sources.filter((source) => header[source] !== '');
      if (header.key === '') report('missing header name', ['headers', i]);
      if (header.action === 'delete') continue;
      // Whether gRPC or HTTP carries it shows with the exporter: over gRPC the value of a `-bin` name is Base64.
      const protocol = header.key.endsWith('-bin') ? 'grpc' : 'http';
      for (const option of ['value', 'default_value'] as const) {
        const fault = headerValueFault(header[option], header.key, protocol);
        if (fault) report(fault.message, ['headers', i, option], fault.at, fault.hint);
      }
      if (given.length === 0) report(`missing header source: give one of ${sources.join(', ')}`, ['headers', i]);
      if (given.length > 1) report(`invalid header source: give only one of ${given.join(', ')}`, ['headers', i]);
      if (given[0] === 'value' && header.default_value !== '')
        report('default_value has no effect beside value: remove it', ['headers', i]);
    }
  },
);
