import { homedir } from 'node:os';
import { l10n, Uri, window, workspace } from 'vscode';

/** Saves the picture of a dashboard's card where the page's clipboard takes none; `png` is base64. */
export async function saveImage(name: string, png: string): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri ?? Uri.file(homedir());
  const target = await window.showSaveDialog({
    defaultUri: Uri.joinPath(folder, name),
    filters: { PNG: ['png'] },
    title: l10n.t('Save Image'),
  });
  if (target) await workspace.fs.writeFile(target, Buffer.from(png, 'base64'));
}
