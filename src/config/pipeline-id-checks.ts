import type { Hint } from '../component/config-value-error.js';
import type { ConnectorDefinition, Definition } from '../component/define.js';
import { textValues, type TextValue } from '../component/schema/text-values.js';
import type { Signal } from '../otlp/signal.js';
import type { Assembled, PipelineParts } from './assemble.js';
import type { Configured } from './checked.js';
import { nearest, type Fault } from './fault.js';
import { parsePipelineId } from './ids.js';

/**
 * Every pipeline that the configuration of a connector names must have the connector as a receiver, and take the signal
 * that the connector hands to it (docs/spec/gateway.md#failover). Connectors that no pipeline hands data to are never
 * created, so that what they name is not looked at.
 */
export function checkPipelineIds({ components, pipelines }: Assembled): Fault[] {
  const faults: Fault[] = [];
  for (const connector of components.connectors.values()) {
    const outputs = outputsOf(connector, pipelines);
    if (outputs.size === 0) continue;
    const texts = textValues(connector.definition.config, connector.config);
    for (const named of texts.filter(({ kind }) => kind.pipeline === true)) {
      const wrong = wrongId(named, connector, pipelines, outputs);
      if (wrong) faults.push(connector.fault(named.path, wrong.message, wrong.hint));
    }
  }
  return faults;
}

/** The signals that a connector hands on: one instance of it for each pair with a signal that it is handed. */
function outputsOf(
  { id, definition }: Configured<Definition>,
  pipelines: readonly PipelineParts[],
): ReadonlySet<Signal> {
  const handed = new Set(pipelines.filter(({ exporters }) => exporters.includes(id)).map(({ signal }) => signal));
  const taken = new Set(pipelines.filter(({ receivers }) => receivers.includes(id)).map(({ signal }) => signal));
  const { stability } = definition as ConnectorDefinition;
  return new Set(stability.filter(([from, to]) => handed.has(from) && taken.has(to)).map(([, to]) => to));
}

function wrongId(
  { text: id }: TextValue,
  connector: Configured<Definition>,
  pipelines: readonly PipelineParts[],
  outputs: ReadonlySet<Signal>,
): { readonly message: string; readonly hint: Hint | undefined } | undefined {
  const receivedBy = pipelines.filter(({ receivers }) => receivers.includes(connector.id)).map((each) => each.id);
  const pipeline = pipelines.find((each) => each.id === id);
  const named = JSON.stringify(id);
  const own = JSON.stringify(connector.id);
  const choices = `Pipelines that have ${own} among their receivers: ${receivedBy.toSorted().join(', ')}.`;
  if (!pipeline) {
    const bad = unreadable(id);
    if (bad !== undefined) return { message: bad, hint: { given: id, known: receivedBy } };
    const near = nearest(id, [...receivedBy, ...pipelines.map((each) => each.id)]);
    return {
      message: `pipeline ${named} is not configured`,
      hint: near === undefined ? choices : `Did you mean ${JSON.stringify(near)}?`,
    };
  }
  if (!receivedBy.includes(id))
    return {
      message: `pipeline ${named} does not have ${own} among its receivers`,
      // One before the connector would be handed its own data.
      hint: pipeline.exporters.includes(connector.id)
        ? choices
        : `Add ${own} to \`service::pipelines::${id}::receivers\`, or take the pipeline out here.`,
    };
  const other = [...outputs].find((signal) => signal !== pipeline.signal);
  if (other === undefined) return undefined;
  return {
    message: `pipeline ${named} takes ${pipeline.signal}, and ${own} also hands on ${other}`,
    hint: 'Configure a connector of its own for each signal.',
  };
}

/** Why it cannot be the ID of a pipeline. */
function unreadable(id: string): string | undefined {
  try {
    parsePipelineId(id);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
