import { writeValue, type AttributeValue } from '../otlp/build/any-value.js';
import { MessageWriter } from '../otlp/build/message-writer.js';
import { Backing } from '../otlp/view/backing.js';
import { ValueView } from '../otlp/view/value.js';

/** A value of the configuration as one that stands in a batch. */
export function fixedValue(value: AttributeValue): ValueView {
  const writer = new MessageWriter();
  writeValue(writer, value);
  const backing = new Backing();
  backing.bytes = writer.finish((size) => Buffer.allocUnsafeSlow(size));
  return new ValueView().move(backing, 0, backing.bytes.length);
}
