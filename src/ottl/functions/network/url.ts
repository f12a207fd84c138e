import { urlAttributes } from '../../../formats/url-attributes.js';
import { queryValues } from '../../../formats/url-query.js';
import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { string } from '../../parameters.js';

/** The parts of a URL under the names of the semantic conventions. */
export const url: Converter = converter('URL', { uri: string() }, ({ uri }) => (scene) => {
  const text = uri.get(scene);
  if (text === '') throw new OttlError('url cannot be empty');
  return text.startsWith('?')
    ? new Map([['query', queryValues(text.slice(1), ottlError)]])
    : urlAttributes(text, ottlError);
});

function ottlError(message: string): OttlError {
  return new OttlError(message);
}
