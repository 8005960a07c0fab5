export interface RefreshRequest {
  /** For the log. */
  readonly reason: string;
  /** These flows only; absent: the list of flows and every flow. */
  readonly flowIds?: ReadonlySet<string>;
  /** A person asked: open dashboards are read anew as well, however fresh they are. */
  readonly insists?: boolean;
  /** Flows whose last good answer is not older than this instant are not read again. */
  readonly freshSince: number;
}

/** No answer is fresh enough, since a person insists. */
export const readAll = Infinity;

/** True where a run covers another request; only one that insists on new answers is not content with fresh ones. */
export function covers(running: RefreshRequest, wanted: RefreshRequest): boolean {
  const { flowIds } = running;
  const flowsCovered = !flowIds || (wanted.flowIds !== undefined && [...wanted.flowIds].every((id) => flowIds.has(id)));
  return flowsCovered && (running.freshSince === readAll || wanted.freshSince !== readAll);
}

export function merge(a: RefreshRequest, b: RefreshRequest): RefreshRequest {
  return {
    reason: a.reason === b.reason ? a.reason : `${a.reason}, ${b.reason}`,
    freshSince: Math.max(a.freshSince, b.freshSince),
    insists: a.insists === true || b.insists === true,
    ...(a.flowIds && b.flowIds ? { flowIds: new Set([...a.flowIds, ...b.flowIds]) } : {}),
  };
}
