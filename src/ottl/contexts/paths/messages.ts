import { MessageWriter } from '../../../otlp/build/message-writer.js';
import { writeMessage } from '../../../otlp/build/message.js';
import { tagOf, type Field } from '../../../otlp/fields.js';
import { Backing } from '../../../otlp/view/backing.js';
import { Layout } from '../../../otlp/view/layout.js';
import { MessageView } from '../../../otlp/view/message.js';
import type { MessageFields } from '../../../otlp/view/message-fields.js';
import type { AssignablePath } from '../../expression.js';
import { Opaque } from '../../value.js';
import { at, type BatchScene } from '../batch-scene.js';
import type { PathEnd, PathStep } from '../path-table.js';
import { refuseValue } from './expected.js';
import { fieldIn, fieldToSet, type FieldChoice } from './field-choice.js';

/** An opaque list is encoded as a message with its elements in this field. */
const listTag = tagOf('ArrayValue', 'values');
const listLayout = new Layout('ArrayValue');
const listField = listLayout.field('values');

/** One message of a list after the other. */
class ListedView extends MessageView {
  next(): boolean {
    return this.fields.advance();
  }
}

// Views of any message: only their bytes are copied.
const element = new ListedView(listLayout);
const list = new MessageView(listLayout);
const message = new MessageView(listLayout);
const writer = new MessageWriter();

/** All messages of a repeated field, as one value without any of its own. */
export function messagesOf(choice: FieldChoice, type: string): PathStep {
  return { access: (end) => listPath(end, choice, () => type) };
}

/** The same where the type of the list depends on the scene. */
export function listPath(
  { text, place }: PathEnd,
  choice: FieldChoice,
  typeOf: (scene: BatchScene) => string,
): AssignablePath {
  return {
    text,
    get: (scene) => {
      const field = fieldIn(choice, at(scene));
      return field && readList(at(scene).fields(place), field, typeOf(at(scene)));
    },
    set: (scene, value) => {
      const field = fieldToSet(choice, at(scene));
      const editor = at(scene).editor(place);
      if (value === undefined) editor.clear(field);
      else if (value instanceof Opaque && value.type === typeOf(at(scene))) {
        list.move(backingOf(value), 0, value.bytes.length).fields.list(listField, element.fields);
        editor.setMessages(field, element);
      } else refuseValue(typeOf(at(scene)), value);
    },
  };
}

/** A message that is not repeated, as one value without any of its own. */
export function messageOf(choice: FieldChoice, type: string, below: PathStep['below']): PathStep {
  return {
    ...(below && { below }),
    access: ({ text, place }) => ({
      text,
      get: (scene) => {
        const field = fieldIn(choice, at(scene));
        if (field === undefined) return undefined;
        at(scene).fields(place).message(field.number, message.fields);
        writer.reset();
        writeMessage(writer, message);
        return new Opaque(
          type,
          0,
          writer.finish((size) => new Uint8Array(size)),
        );
      },
      set: (scene, value) => {
        if (!(value instanceof Opaque) || value.type !== type) refuseValue(type, value);
        const field = fieldToSet(choice, at(scene));
        at(scene)
          .editor(place)
          .setMessage(field, message.move(backingOf(value), 0, value.bytes.length));
      },
    }),
  };
}

function readList(fields: MessageFields, field: Field, type: string): Opaque {
  let length = 0;
  writer.reset();
  for (fields.list(field.number, element.fields); element.next(); length++) {
    writer.tag(listTag);
    writer.open();
    writeMessage(writer, element);
    writer.close();
  }
  return new Opaque(
    type,
    length,
    writer.finish((size) => new Uint8Array(size)),
  );
}

function backingOf({ bytes }: Opaque): Backing {
  const backing = new Backing();
  backing.bytes = bytes;
  return backing;
}
