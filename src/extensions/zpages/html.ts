/** Text between tags or in a quoted attribute. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;').replaceAll("'", '&#39;');
}

/** A cell: text, which is escaped, or a link. */
export type Cell = string | number | boolean | { readonly text: string; readonly href: string };

export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const head = headings.map((heading) => `<th>${escape(heading)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cellHtml(cell)}</td>`).join('')}</tr>`).join('\n');
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

export function page(title: string, parts: readonly string[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; color: #1c2430; }
table { border-collapse: collapse; margin: 0 0 2em; }
th, td { border: 1px solid #ccd3dc; padding: .25em .75em; text-align: left; vertical-align: top; }
th { background: #eef1f5; }
</style>
</head>
<body>
<h1>${escape(title)}</h1>
${parts.join('\n')}
</body>
</html>
`;
}

function cellHtml(cell: Cell): string {
  return typeof cell === 'object' ? `<a href="${escape(cell.href)}">${escape(cell.text)}</a>` : escape(String(cell));
}
