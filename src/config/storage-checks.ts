import type { ProcessorDefinition } from '../component/define.js';
import { extensionIds } from '../component/schema/extension-ids.js';
import type { Assembled } from './assemble.js';
import type { CheckedConfig } from './checked.js';

/**
 * A warning for each processor that answers senders for data which it holds in memory, before an exporter that keeps
 * its own on disk: a kill loses what the processor holds.
 */
export function storageWarnings({ pipelines, components }: Assembled): CheckedConfig['warnings'] {
  const said = new Map<string, CheckedConfig['warnings'][number]>();
  for (const { id: pipeline, processors, exporters } of pipelines) {
    const stored = exporters.find((id) => {
      const exporter = components.exporters.get(id);
      if (!exporter) return false;
      return extensionIds(exporter.definition.config, exporter.config).some(
        ({ capability }) => capability === 'storage',
      );
    });
    if (stored === undefined) continue;
    for (const id of processors) {
      const processor = components.processors.get(id);
      const definition = processor?.definition as ProcessorDefinition | undefined;
      if (definition?.answersEarly?.(processor?.config) !== true || said.has(id)) continue;
      said.set(id, {
        message:
          `${JSON.stringify(id)} answers for data that it holds in memory, which a kill loses, before ` +
          `${JSON.stringify(stored)} keeps it on disk: batch behind the disk, by sending_queue::batch`,
        fields: { pipeline },
      });
    }
  }
  return [...said.values()];
}
