/** What happened at an instant, such as a release: a line through all charts of a flow. */

/** Where a mark comes from: added in this editor, kept by the meter that answers, or a tag of a git repository. */
export type MarkKind = 'own' | 'meter' | 'git';

export interface Mark {
  readonly kind: MarkKind;
  /** Unique among those of its kind. */
  readonly id: string;
  /** In epoch milliseconds. */
  readonly time: number;
  readonly text: string;
  /** Absent where it is of all flows. */
  readonly flowId?: string;
}
