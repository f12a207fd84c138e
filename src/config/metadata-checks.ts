import type { Definition } from '../component/define.js';
import { extensionIds } from '../component/schema/extension-ids.js';
import type { Assembled, PipelineParts } from './assemble.js';
import type { CheckedConfig, Configured } from './checked.js';

/**
 * A warning for each component that reads client metadata which a processor before it, in the same pipeline, does not
 * hand on: it would find none, without a word.
 */
export function metadataWarnings(config: Assembled): CheckedConfig['warnings'] {
  const said = new Map<string, CheckedConfig['warnings'][number]>();
  for (const pipeline of config.pipelines)
    for (const { by, keys, behind } of lostIn(pipeline, config))
      said.set(`${by} ${behind}`, {
        message:
          `${JSON.stringify(by)} reads client metadata that ${JSON.stringify(behind)} does not hand on: ` +
          'name it there',
        fields: { pipeline: pipeline.id, metadata_keys: keys },
      });
  return [...said.values()];
}

interface Lost {
  readonly by: string;
  readonly keys: readonly string[];
  readonly behind: string;
}

function* lostIn({ processors, exporters }: PipelineParts, { components }: Assembled): Generator<Lost> {
  let behind: string | undefined;
  let passed: ReadonlySet<string> | undefined;
  const lost = function* (reader: Configured<Definition> | undefined): Generator<Lost> {
    if (!reader || behind === undefined) return;
    const keys = keysOf(reader.definition.readsMetadata, reader).filter(
      (key) => passed?.has(key.toLowerCase()) === false,
    );
    if (keys.length > 0) yield { by: reader.id, keys, behind };
  };
  for (const id of processors) {
    const processor = components.processors.get(id);
    yield* lost(processor);
    if (!processor?.definition.passesMetadata) continue;
    const keys = keysOf(processor.definition.passesMetadata, processor).map((key) => key.toLowerCase());
    passed = new Set(keys.filter((key) => passed?.has(key) !== false));
    behind = id;
  }
  for (const id of exporters) {
    const exporter = components.exporters.get(id);
    if (!exporter) continue;
    yield* lost(exporter);
    for (const named of extensionIds(exporter.definition.config, exporter.config))
      yield* lost(components.extensions.get(named.id));
  }
}

/** A definition reads its own configuration. */
function keysOf(of: Definition['readsMetadata'], { config }: Configured<Definition>): readonly string[] {
  return (of as ((config: unknown) => readonly string[]) | undefined)?.(config) ?? [];
}
