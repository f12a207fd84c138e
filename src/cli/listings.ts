import { stringify } from 'yaml';
import type { Definition } from '../component/define.js';
import { discoverComponents, sections } from '../config/components.js';
import { gates, isOnByDefault } from '../config/gates.js';
import { jsonSchema } from '../config/json-schema.js';
import { schemes } from '../config/providers.js';
import { buildInfo } from '../runtime/build-info.js';

/** The YAML of `kanmon components`. */
export async function listComponents(): Promise<string> {
  const components = await discoverComponents();
  const { command, description, version } = buildInfo;
  const listing: Record<string, unknown> = { buildinfo: { command, description, version } };
  for (const section of sections) {
    listing[section] = [...components[section].values()].map((definition) => ({
      name: definition.type,
      module: `${command}/${section}/${definition.type} v${version}`,
      stability: stabilityOf(definition),
    }));
  }
  listing['providers'] = schemes.map((scheme) => ({ scheme, module: `${command}/config v${version}` }));
  listing['converters'] = [];
  return stringify(listing, { indent: 4, lineWidth: 0 });
}

function stabilityOf(definition: Definition): Readonly<Record<string, string>> {
  if (definition.kind === 'extension') return { extension: definition.stability };
  const entries =
    definition.kind === 'connector'
      ? definition.stability.map(([from, to, stability]) => [`${from}-to-${to}`, stability] as const)
      : Object.entries(definition.stability);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A JSON Schema for editors. Throws for a kind of file that there is not. */
export async function printSchema(of: string): Promise<string> {
  if (of !== 'configuration' && of !== 'test')
    throw new Error(`unknown kind of file ${JSON.stringify(of)}: there are configuration and test`);
  const schema =
    of === 'test'
      ? (await import('../testing/case-json-schema.js')).caseJsonSchema()
      : jsonSchema(await discoverComponents());
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** The table of all gates, or the description of one. Throws when there is none of that name. */
export function featureGateText(id: string | undefined): string {
  if (id !== undefined) {
    const gate = gates.find((candidate) => candidate.id === id);
    if (!gate) throw new Error(`feature ${JSON.stringify(id)} not found`);
    const lines = [
      `Feature: ${gate.id}`,
      `Enabled: ${isOnByDefault(gate)}`,
      `Stage: ${gate.stage}`,
      `Description: ${gate.description}`,
      `From Version: ${gate.from}`,
    ];
    if (gate.to !== undefined) lines.push(`To Version: ${gate.to}`);
    return `${lines.join('\n')}\n`;
  }
  const width = Math.max(...gates.map((gate) => gate.id.length)) + 2;
  const row = (name: string, enabled: string, stage: string, description: string): string =>
    `${name.padEnd(width)}${enabled.padEnd(9)}${stage.padEnd(8)}${description}`;
  const rows = gates.map((gate) => row(gate.id, String(isOnByDefault(gate)), gate.stage, gate.description));
  return `${[row('ID', 'Enabled', 'Stage', 'Description'), ...rows].join('\n')}\n`;
}
