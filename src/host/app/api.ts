import type { HealthLevel } from '../../domain/model';
import type { FlowState } from '../../state/flowState';

/** The API of `activate()` for other extensions. */
export interface FlowmeterApi {
  /** Resolves when every account has been read once; with nobody looking, accounts are not read. */
  whenReady(): Promise<void>;
  /** In the order of the tree. */
  flows(): readonly {
    readonly account: string;
    readonly flowId: string;
    readonly name: string;
    readonly level: HealthLevel;
  }[];
}

export function createApi(state: FlowState): FlowmeterApi {
  const isReady = (): boolean => state.snapshot.accounts.every(({ read }) => read);
  return {
    whenReady: () =>
      new Promise((resolve) => {
        if (isReady()) {
          resolve();
          return;
        }
        const subscription = state.onDidChange(() => {
          if (!isReady()) return;
          subscription.dispose();
          resolve();
        });
      }),
    flows: () =>
      state.snapshot.accounts.flatMap(({ flows }) =>
        flows.map(({ accountName, flow, report }) => ({
          account: accountName,
          flowId: flow.id,
          name: flow.name,
          level: report.level,
        })),
      ),
  };
}
