import { MarkdownString } from 'vscode';

/** Text that core has written and escaped; its links may run these commands and no others. */
export function trustedMarkdown(text: string, enabledCommands: readonly string[] = []): MarkdownString {
  const markdown = new MarkdownString(text, true);
  markdown.isTrusted = { enabledCommands };
  return markdown;
}
