const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 } as const;

export type Painter = (colour: keyof typeof codes, text: string) => string;

/** Puts colour on texts for a terminal, and none on what goes elsewhere or where `NO_COLOR` is set. */
export function painter(stream: { readonly isTTY?: boolean }): Painter {
  const { NO_COLOR: without } = process.env;
  if (stream.isTTY !== true || (without !== undefined && without !== '')) return (_colour, text) => text;
  return (colour, text) => `\u001B[${codes[colour]}m${text}\u001B[0m`;
}
