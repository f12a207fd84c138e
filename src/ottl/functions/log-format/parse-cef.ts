import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { string } from '../../parameters.js';
import type { MapValue } from '../../value.js';

const names = [
  'cef.version', 'cef.device_vendor', 'cef.device_product', 'cef.device_version', 'cef.device_event_class_id',
  'cef.name', 'cef.severity',
]; // prettier-ignore

/** A key of an extension: at its beginning or behind a space. */
const extensionKey = /(?:^| )([A-Za-z0-9_]+)=/g;

/** Reads a message in ArcSight's Common Event Format. */
export const parseCef: Converter = converter('ParseCEF', { target: string() }, ({ target }) => (scene) => {
  const text = target.get(scene);
  if (text === '') throw new OttlError('cannot parse empty CEF message');
  const start = text.indexOf('CEF:');
  if (start === -1) throw new OttlError("invalid CEF message: 'CEF:' not found");
  const fields = headerOf(text.slice(start + 'CEF:'.length));
  if (fields[0] === '') throw new OttlError('invalid CEF message: missing version');
  const result = new Map<string, string | MapValue>(names.map((name, index) => [name, fields[index] ?? '']));
  result.set('cef.extensions', extensionsOf(fields[names.length] ?? ''));
  return result;
});

/** Splits at bars that have no backslash in front; all behind the seventh bar is one field as it is. */
function headerOf(text: string): string[] {
  const fields: string[] = [];
  let field = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '\\' && (text[i + 1] === '|' || text[i + 1] === '\\')) {
      field += text.slice(from, i);
      from = ++i;
    } else if (character === '|') {
      fields.push(field + text.slice(from, i));
      field = '';
      from = i + 1;
      if (fields.length === names.length) return [...fields, text.slice(from)];
    }
  }
  fields.push(field + text.slice(from));
  if (fields.length < names.length)
    throw new OttlError(
      `invalid CEF header: expected at least ${names.length} pipe-delimited fields (CEF:Version, Device Vendor, ` +
        'Device Product, Device Version, Device Event Class ID, Name, Severity), got ' +
        `${fields.length}`,
    );
  return fields;
}

/** A value goes on to the next key, spaces in it included. */
function extensionsOf(text: string): MapValue {
  const extensions = new Map<string, string>();
  let key: string | undefined;
  let from = 0;
  for (const match of text.matchAll(extensionKey)) {
    if (key !== undefined) extensions.set(key, valueOf(text.slice(from, match.index)));
    key = match[1];
    from = match.index + match[0].length;
  }
  if (key !== undefined) extensions.set(key, valueOf(text.slice(from)));
  return extensions;
}

function valueOf(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end--;
  return text.slice(0, end).replaceAll(/\\([\\=nr])/g, (_, letter: string) => {
    if (letter === 'n') return '\n';
    return letter === 'r' ? '\r' : letter;
  });
}
