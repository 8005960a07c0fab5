/** Which flow of which account; an account's name is a person's own words, a flow's id is digits. */
export interface FlowRef {
  readonly accountName: string;
  readonly flowId: string;
}

/** Who shows a view of the flow: its own dashboard, or the overview, which compares it with others over a period of its own. */
export interface ViewRef extends FlowRef {
  readonly viewer?: 'overview';
}

/** One text for a view that is shown, unique in a window. */
export function viewKey(view: ViewRef): string {
  return `${view.viewer ?? ''} ${flowKey(view)}`;
}

/** One text for a flow, unique in a window. */
export function flowKey({ accountName, flowId }: FlowRef): string {
  return `${flowId}@${accountName}`;
}

/** The flow of a key, or undefined where the text is none. */
export function flowRefOf(key: string): FlowRef | undefined {
  const match = /^(\d{1,20})@([^]+)$/.exec(key);
  return match ? { flowId: match[1]!, accountName: match[2]! } : undefined;
}
