import { fieldOf } from '../../../otlp/fields.js';
import { key } from '../../../otlp/view/key.js';
import { SpanView } from '../../../otlp/view/span.js';
import { at } from '../../contexts/batch-scene.js';
import { editor, type Editor } from '../../function.js';
import { StatementError } from '../../ottl-error.js';
import { literalString, optional } from '../../parameters.js';
import { SemconvSpanName } from './semconv-span-name.js';

const nameField = fieldOf('Span', 'name');

/** The first version of the semantic conventions whose rules for names these are. */
const first = [1, 37, 0];

const parameters = { semconv_version: literalString(), original_span_name_attribute: optional(literalString()) };

/** Names a span as the semantic conventions do, and may keep the name that it had in an attribute. */
export const setSemconvSpanName: Editor = editor('set_semconv_span_name', parameters, (args) => {
  checkVersion(args.semconv_version);
  const attribute = args.original_span_name_attribute;
  if (attribute === '') throw new StatementError('original_span_name_attribute cannot be empty');
  const original = attribute === undefined ? undefined : key(attribute);
  const view = new SpanView();
  const derived = new SemconvSpanName();
  return (scene) => {
    view.fields.copy(at(scene).fields('item'));
    const before = view.name.toString();
    const after = derived.of(view);
    if (after === before) return;
    const span = at(scene).editor('item');
    span.setText(nameField, after);
    if (original !== undefined) span.setAttribute(original, before);
  };
});

function checkVersion(version: string): void {
  const match = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(version);
  if (match === null) throw new StatementError(`"${version}" is no version of the semantic conventions such as 1.37.0`);
  const numbers = match.slice(1).map(Number);
  for (const [index, least] of first.entries()) {
    const number = numbers[index] ?? 0;
    if (number > least) return;
    if (number < least) throw new StatementError(`version ${version} of the semantic conventions is older than 1.37.0`);
  }
}
