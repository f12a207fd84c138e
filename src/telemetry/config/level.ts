import { kinds, text, type Schema } from '../../component/schema/schema.js';
import type { TelemetryLevel } from '../../component/telemetry.js';

export const level = (fallback: TelemetryLevel, about: string): Schema<TelemetryLevel> => {
  const values = ['none', 'basic', 'normal', 'detailed'] as const;
  const refused = (value: string): string | undefined =>
    (values as readonly string[]).includes(value.toLowerCase())
      ? undefined
      : `unknown metrics level ${JSON.stringify(value)}`;
  const schema = text(fallback, { about }, refused).transform((value) => value.toLowerCase() as TelemetryLevel);
  kinds.set(schema, { kind: 'choice', values, anyCase: true, default: fallback, docs: { about } });
  return schema;
};
