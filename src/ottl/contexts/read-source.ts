import type { MessageEditor } from '../../otlp/edit/message-editor.js';
import type { Field } from '../../otlp/fields.js';
import { findAttribute, longestAttribute } from '../../otlp/view/attributes.js';
import type { Key } from '../../otlp/view/key.js';
import type { MessageFields } from '../../otlp/view/message-fields.js';
import type { Range } from '../../otlp/view/range.js';
import type { ScenePlace, SceneSource } from './batch-scene.js';

/** Messages that are only read: all that is asked of them is found in their fields. */
export abstract class ReadSource implements SceneSource {
  abstract fields(place: ScenePlace): MessageFields;

  findAttribute(place: ScenePlace, key: Key, value: MessageFields): boolean {
    return findAttribute(this.fields(place), key, value);
  }

  longestAttribute(place: ScenePlace): number {
    return longestAttribute(this.fields(place));
  }

  range(place: ScenePlace, field: Field, into: Range): Range {
    return this.fields(place).range(field.number, into);
  }

  editor(): MessageEditor {
    throw new Error('the batch is only read');
  }
}
