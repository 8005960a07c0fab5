/** Which flow of which account; an account's name is a person's own words, a flow's id is digits. */
export interface FlowRef {
  readonly accountName: string;
  readonly flowId: string;
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
