import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

type Tree = Readonly<Record<string, unknown>>;

/** A configuration that a recorded case has, or one with the component that it has. */
export interface RecordedConfiguration {
  /** File and name of the case. */
  readonly id: string;
  readonly config: unknown;
}

const folder = path.resolve(import.meta.dirname, '../recorded');
const sections = ['receivers', 'processors', 'exporters', 'connectors', 'extensions', 'service'];
/** Addresses, ports and folders that a replay fills in. */
const filledIn = (text: string): string =>
  text
    .replaceAll(/@[A-Z]@/g, 'localhost:4318')
    .replaceAll(/@[A-Z]+@/g, '4318')
    .replaceAll('$DIR', '/tmp');
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Components with a pipeline that does not use them: a replay knows which signal that would be. */
function around(config: Tree): Tree {
  const { receivers, exporters, service } = config;
  if (service !== undefined) return config;
  return {
    ...config,
    receivers: { nop: {}, ...(receivers as Tree | undefined) },
    exporters: { nop: {}, ...(exporters as Tree | undefined) },
    service: { pipelines: { traces: { receivers: ['nop'], exporters: ['nop'] } } },
  };
}

/** The configurations of a case: the fields differ from topic to topic. */
function* configurationsOf(topic: string, file: string, each: Tree): Generator {
  const { config, component, kind, receiver, processor, exporter } = each;
  if (typeof config === 'string') yield parse(filledIn(config), { merge: true, logLevel: 'silent' });
  else if (isTree(config)) {
    if (typeof component === 'string') yield around({ [`${String(kind)}s`]: { [component]: config } });
    else if (typeof processor === 'string') yield around({ processors: { [processor]: config } });
    else if (typeof exporter === 'string') yield around({ exporters: { [exporter]: config } });
    else if (Object.keys(config).some((key) => sections.includes(key))) yield around(config);
    else if (topic === 'prometheus') {
      const written = file.startsWith('remote_write');
      const type = written ? 'prometheus_remote_write' : 'prometheus';
      yield around({ exporters: { [type]: { endpoint: written ? 'http://localhost:9' : 'localhost:9', ...config } } });
    }
  }
  if (isTree(receiver)) yield around({ receivers: { [topic]: receiver } });
  if (isTree(processor)) yield around({ processors: { [topic]: processor } });
  if (isTree(exporter) && topic === 'load_balancing') {
    const resolver = { static: { hostnames: ['localhost:4317'] } };
    yield around({ exporters: { [topic]: { resolver, ...exporter } } });
  }
}

function casesOf(file: string): readonly unknown[] {
  const text = fs.readFileSync(path.join(folder, file), 'utf8');
  if (file.endsWith('.jsonl'))
    return text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(filledIn(line)));
  if (file.endsWith('.yaml')) return [{ config: text }];
  const value: unknown = JSON.parse(filledIn(text));
  return Array.isArray(value) ? value : [value];
}

function nameOf({ id, name }: Tree): string | undefined {
  return [id, name].find((value) => typeof value === 'string');
}

/** Configurations of all recorded topics but `config`, whose cases are command lines; invalid ones too. */
export function recordedConfigurations(): RecordedConfiguration[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:jsonl?|yaml)$/.test(file) && file.includes('/') && !file.startsWith('config/'))
    .toSorted()
    .flatMap((file) => {
      const [topic = '', ...rest] = file.split('/');
      return casesOf(file)
        .filter(isTree)
        .flatMap((each, i) =>
          [...configurationsOf(topic, rest.join('/'), each)].map((config) => ({
            id: `${file} ${nameOf(each) ?? i}`,
            config,
          })),
        );
    });
}
