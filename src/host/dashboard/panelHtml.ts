import { randomBytes } from 'node:crypto';
import { Uri, type Webview } from 'vscode';
import { webviewRoot } from './webviewRoot';

interface PageOptions {
  readonly extensionUri: Uri;
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  /** The flow's key, kept by the page over a reload so that its panel finds the flow again; or that of the overview. */
  readonly key: string;
}

/** The page around a dashboard or the overview: one script, one style sheet, and a policy that lets nothing else in. */
export function panelHtml(webview: Webview, { extensionUri, language, title, key }: PageOptions): string {
  const nonce = randomBytes(16).toString('base64url');
  const root = webviewRoot(extensionUri);
  const address = (file: string): string => webview.asWebviewUri(Uri.joinPath(root, file)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
    `font-src ${webview.cspSource}`,
    // The two that `default-src` does not hold.
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="${attribute(language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${attribute(title)}</title>
    <link rel="stylesheet" href="${attribute(address('style.css'))}">
  </head>
  <body>
    <main id="page" data-key="${attribute(key)}"></main>
    <script nonce="${nonce}" src="${attribute(address('dashboard.js'))}"></script>
  </body>
</html>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function attribute(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char]!);
}
