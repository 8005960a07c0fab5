import { Uri } from 'vscode';

/** The only folder that a dashboard may load from. */
export function webviewRoot(extensionUri: Uri): Uri {
  return Uri.joinPath(extensionUri, 'dist', 'webview');
}
