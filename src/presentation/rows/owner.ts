import { plainName } from '../escape';
import type { FlowRowModel } from './rowModel';

/** The row with its account's name, where it stands among rows of others. */
export function withOwner<T extends FlowRowModel>(row: T, accountName: string | undefined): T {
  if (accountName === undefined) return row;
  const name = plainName(accountName);
  return {
    ...row,
    // A narrow view cuts off what comes last.
    description: [row.description, name].filter(Boolean).join(' · '),
    accessibilityLabel: row.accessibilityLabel.startsWith(name)
      ? row.accessibilityLabel
      : `${row.accessibilityLabel}, ${name}`,
  };
}
