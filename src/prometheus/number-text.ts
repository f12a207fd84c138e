/** A number as Prometheus' own writer has it: shortest, with an exponent of two digits below 1e-4 and from 1e6 on. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value);
  if (magnitude === 0) return '0';
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A number of OpenMetrics is seen to be a float. */
export function floatText(value: number): string {
  if (value === 0) return '0.0';
  const text = numberText(value);
  return /[.eNI]/.test(text) ? text : `${text}.0`;
}

/** A number without an exponent. */
export function plainText(value: number): string {
  const text = numberText(value);
  if (!text.includes('e')) return text;
  const [mantissa = '', exponent = '0'] = text.split('e');
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const plain =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : point >= digits.length
        ? digits + '0'.repeat(point - digits.length)
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return negative ? `-${plain}` : plain;
}
