/** Where exported figures go: a file that the person names. */
import { homedir } from 'node:os';
import { l10n, Uri, window, workspace } from 'vscode';
import { notices } from '../../presentation/texts/notices';
import type { NoticeAction } from '../app/notifier';
import type { Choice } from '../util/quickInput';
import { pickStep, type Step } from '../util/steps';
import { translate } from '../util/translate';
import type { CommandParts } from './commandParts';

export type ExportFormat = 'csv' | 'json';

function formatChoices(): readonly Choice<ExportFormat>[] {
  return [
    { label: 'CSV', description: l10n.t('one line for each interval, for spreadsheets'), value: 'csv' },
    { label: 'JSON', description: l10n.t('the same figures, for programs'), value: 'json' },
  ];
}

export function askFormat<A extends { format: ExportFormat }>(): Step<A> {
  return pickStep<A, 'format'>('format', () => ({
    placeholder: l10n.t('Which kind of file?'),
    choices: formatChoices(),
  }));
}

/** Undefined where the person gave up. */
export function saveAs(fileName: string, format: ExportFormat, title: string): Thenable<Uri | undefined> {
  const folder = workspace.workspaceFolders?.[0]?.uri ?? Uri.file(homedir());
  return window.showSaveDialog({
    defaultUri: Uri.joinPath(folder, fileName),
    filters: format === 'csv' ? { CSV: ['csv'] } : { JSON: ['json'] },
    title,
  });
}

/** Writes the file and says so; `warning` says what is not in it. */
export async function write(
  { notifier, log }: CommandParts,
  target: Uri,
  text: string,
  warning?: (saved: string) => string,
): Promise<void> {
  await workspace.fs.writeFile(target, new TextEncoder().encode(text));
  const saved = notices.saved(target.path.split('/').at(-1) ?? '', translate);
  const open: NoticeAction = { title: l10n.t('Open'), run: () => window.showTextDocument(target) };
  const told = warning ? notifier.warn(warning(saved), open, notifier.showLog) : notifier.info(saved, open);
  // The message may stay for as long as it likes.
  told.catch((error) => log.error(error));
}
