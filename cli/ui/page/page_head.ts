/** What every page begins with. `more` comes before the title; plots and what the pages share are loaded from the server itself. */
export function pageHead(title: string, more = ""): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
${more}<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/plot.css">
<link rel="stylesheet" href="/page.css">
<script src="/plot.js"></script>
<script src="/common.js"></script>
<script src="/page.js" type="module"></script>
`;
}
