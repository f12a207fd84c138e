import type { PageBlock, PageCell, PageLink } from '../../component/page.js';

/** More rows of a table than this are not shown, so that one page can't take the memory of the program. */
const mostRows = 5000;

/** A whole HTML document. Everything in the blocks is text; links lead to pages below `/debug/` only. */
export function documentOf(title: string, blocks: readonly PageBlock[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; color: #1c2430; }
table { border-collapse: collapse; margin: 0 0 2em; }
th, td { border: 1px solid #ccd3dc; padding: .25em .75em; text-align: left; vertical-align: top; }
th { background: #eef1f5; }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${blocks.map(blockOf).join('\n')}
</body>
</html>
`;
}

function blockOf(block: PageBlock): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escaped(block.text)}</h2>`;
    case 'text':
      return `<p>${escaped(block.text)}</p>`;
    case 'table': {
      const head = block.headings.map((each) => `<th>${escaped(each)}</th>`).join('');
      const rows = block.rows
        .slice(0, mostRows)
        .map((row) => `<tr>${row.map((cell) => `<td>${cellOf(cell)}</td>`).join('')}</tr>`);
      const left = block.rows.length - rows.length;
      if (left > 0) rows.push(`<tr><td colspan="${block.headings.length}">and ${left} more</td></tr>`);
      return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
    }
  }
}

function cellOf(cell: PageCell): string {
  return typeof cell === 'object'
    ? `<a href="${escaped(hrefOf(cell))}">${escaped(cell.text)}</a>`
    : escaped(String(cell));
}

function hrefOf({ page, query }: PageLink): string {
  const search = new URLSearchParams(query).toString();
  const path =
    page === ''
      ? ''
      : `/debug/${wellFormed(page)
          .split('/')
          .map((part) => encodeURIComponent(part))
          .join('/')}`;
  return `${path}${search === '' ? '' : `?${search}`}`;
}

/** Half a surrogate pair becomes a replacement character. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;');
}
