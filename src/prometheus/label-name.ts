/** Names of this form are Prometheus' own. */
const reserved = /^__.+__$/s;

/** The name of a label; undefined for an attribute that cannot be one. */
export function labelName(attribute: string, utf8: boolean): string | undefined {
  if (attribute === '') return undefined;
  if (utf8) return attribute;
  const clean = attribute.replace(/[^A-Za-z0-9]/gu, '_');
  if (reserved.test(clean)) {
    const inner = clean.slice(2, -2).replace(/_+/g, '_');
    if (inner !== '_' && reserved.test(attribute)) return `__${inner}__`;
  }
  const collapsed = clean.replace(/_+/g, '_');
  if (/^[0-9]/.test(collapsed)) return `key_${collapsed}`;
  return collapsed.startsWith('_') ? `key${collapsed}` : collapsed;
}

/** Whether Prometheus keeps the name for itself. */
export function isReserved(label: string): boolean {
  return label.startsWith('__');
}
