const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity of Kubernetes stands for (`100m`, `1.5Gi`, `1e3`); undefined for anything else. */
export function quantityOf(text: string | undefined): number | undefined {
  const match = /^(\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:([eE][+-]?\d{1,3})|([numkMGTPE]i?|Ki)?)$/.exec(text ?? '');
  const [, digits = '', exponent = '', suffix = ''] = match ?? [];
  const factor = factors[suffix];
  return match && factor !== undefined ? Number(`${digits}${exponent}`) * factor : undefined;
}
