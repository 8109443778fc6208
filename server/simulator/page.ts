/** What the simulator's pages share. They load nothing from elsewhere and escape everything that came from outside. */

import { createHash } from "node:crypto"

export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)

export const won = (amount: number): string => `${amount.toLocaleString("ko-KR")}원`

export interface Page {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

/** `body` is HTML; `script`, if any, is the only one that the browser will run. */
export const page = (options: {
  readonly title: string
  readonly style: string
  readonly body: string
  readonly script?: string
  /** Seconds after which the browser loads it again. */
  readonly refreshSeconds?: number
}): Page => {
  const { title, style, body, script, refreshSeconds } = options
  const scriptSource =
    script === undefined ? "'none'" : `'sha256-${createHash("sha256").update(script).digest("base64")}'`
  const html = `<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
${refreshSeconds === undefined ? "" : `<meta http-equiv="refresh" content="${refreshSeconds}">\n`}<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
${script === undefined ? "" : `<script>${script}</script>\n`}</body>
</html>
`
  return {
    html,
    headers: {
      "cache-control": "no-store",
      "content-security-policy": `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${scriptSource}; connect-src 'self'; base-uri 'none'; form-action 'none'`,
      "x-content-type-options": "nosniff",
    },
  }
}
