import { group, section, text, type Schema } from '../../component/schema/schema.js';
import { checkGrpcServer, grpcServerShape, type GrpcServerConfig } from '../../net/options/grpc-server.js';
import { checkHttpServer, httpServerShape, type HttpServerConfig } from '../../net/options/http-server.js';

export interface OtlpHttpConfig extends HttpServerConfig {
  readonly traces_url_path: string;
  readonly metrics_url_path: string;
  readonly logs_url_path: string;
}

/** Options of the receiver (docs/spec/core.md#otlp-receiver-config). */
export interface Config {
  readonly protocols: {
    readonly grpc: GrpcServerConfig | undefined;
    readonly http: OtlpHttpConfig | undefined;
  };
}

function urlPath(fallback: string, signal: string): Schema<string> {
  return text(fallback, { about: `Path of ${signal}; a URL means its path.` }, (value) =>
    pathOf(value) === undefined ? `invalid HTTP URL path set for ${signal}: ${JSON.stringify(value)}` : undefined,
  );
}

/** The path that a `*_url_path` means: with a slash in front, of a URL only its path. */
export function pathOf(value: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(value)) return undefined;
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(\/[^?#]*)?/i.exec(value);
  const plain = path ? (path[1] ?? '/') : (value.split(/[?#]/)[0] ?? '');
  return plain.startsWith('/') ? plain : `/${plain}`;
}

export const config: Schema<Config> = group<Config>(
  {
    protocols: group<Config['protocols']>({
      grpc: section<GrpcServerConfig>(
        group<GrpcServerConfig>(grpcServerShape('localhost:4317'), checkGrpcServer),
        { absent: 'off', empty: 'on' },
        { about: 'OTLP/gRPC.' },
      ),
      http: section<OtlpHttpConfig>(
        group<OtlpHttpConfig>(
          {
            ...httpServerShape('localhost:4318'),
            traces_url_path: urlPath('/v1/traces', 'traces'),
            metrics_url_path: urlPath('/v1/metrics', 'metrics'),
            logs_url_path: urlPath('/v1/logs', 'logs'),
          },
          checkHttpServer,
        ),
        { absent: 'off', empty: 'on' },
        { about: 'OTLP/HTTP, protobuf and JSON.' },
      ),
    }),
  },
  (value, report) => {
    if (!value.protocols.grpc && !value.protocols.http)
      report('must specify at least one protocol when using the OTLP receiver');
  },
);
