import { flowName } from '../../presentation/texts/labels';
import type { FlowRef } from '../../state/flowRef';
import type { FlowState } from '../../state/flowState';

/** Undefined where only the id is known: a panel keeps the name it had. */
export function flowTitle(state: FlowState, { accountName, flowId }: FlowRef): string | undefined {
  const record = state.account(accountName)?.records.get(flowId);
  const name = record && flowName(record.flow);
  return name === flowId ? undefined : name;
}
