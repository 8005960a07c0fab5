import type { Flow } from '../contract/flow';

export type Status = 'draft' | 'deprecated' | undefined;

export function retiredStatus(flow: Flow): Status {
  if (flow.status === 'DRAFT') return 'draft';
  return flow.status === 'DEPRECATED' ? 'deprecated' : undefined;
}

/** Drafts, deprecated flows and flows known to have no endpoint have nothing to judge. */
export function isNotMeasured(flow: Flow): boolean {
  return retiredStatus(flow) !== undefined || flow.endpointUri === null;
}

/** True where availability is never measured, as far as the flow's version tells. */
export function hasNoAvailability(flow: Flow): boolean {
  const version = Number.parseFloat(flow.dataApiVersion ?? '');
  return Number.isFinite(version) && version < checkedVersion;
}

/** The version from which on endpoints are checked. */
const checkedVersion = 3;
