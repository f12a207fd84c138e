import { Layout } from '../../otlp/view/layout.js';
import { MessageView } from '../../otlp/view/message.js';
import type { ContextName } from '../contexts/contexts.js';

/** The level of a batch at which a context has its scenes. */
export type WalkLevel = 'resource' | 'scope' | 'item' | 'part' | 'exemplar';

export const walkLevel: Readonly<Record<ContextName, WalkLevel>> = {
  ...{ resource: 'resource', scope: 'scope', span: 'item', metric: 'item', log: 'item', profile: 'item' },
  ...{ spanevent: 'part', datapoint: 'part', exemplar: 'exemplar' },
};

/** A view of the items that are around or at the scenes of a context; resources and scopes are looked at without. */
export function itemView(name: ContextName): MessageView {
  switch (name) {
    case 'log':
      return new MessageView(new Layout('LogRecord'));
    case 'profile':
      return new MessageView(new Layout('Profile'));
    case 'metric':
    case 'datapoint':
    case 'exemplar':
      return new MessageView(new Layout('Metric'));
    default:
      return new MessageView(new Layout('Span'));
  }
}
