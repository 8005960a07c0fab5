/** Puts a sentence into the display language and fills `{0}`, `{1}`, … ; `vscode.l10n.t` has this shape. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** English as it stands, for places without translations. */
export const english: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
