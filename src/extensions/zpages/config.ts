import { flag, group, type Schema } from '../../component/schema/schema.js';
import { httpServerShape, type HttpServerConfig } from '../../net/options/http-server.js';

/** Options of the extension (docs/spec/core.md#zpages). */
export interface Config extends HttpServerConfig {
  readonly expvar: { readonly enabled: boolean };
}

export const config: Schema<Config> = group<Config>(
  {
    ...httpServerShape('localhost:55679'),
    expvar: group({ enabled: flag(false, { about: 'Serve `/debug/expvarz`: command line and memory, as JSON.' }) }),
  },
  (value, report) => {
    if (value.endpoint === '') report('"endpoint" is required when using the "zpages" extension', ['endpoint']);
  },
);
