import { ThemeColor, ThemeIcon } from 'vscode';
import type { RowIcon } from '../../presentation/rows/rowModel';

export function themeIcon({ id, color }: RowIcon): ThemeIcon {
  return new ThemeIcon(id, color === undefined ? undefined : new ThemeColor(color));
}
