/** What was learnt of an account's lists of flows. Apart from the lister, for the editor keeps it before a client is loaded. */
import type { Flow } from '../contract/flow';
import { maxPageSize } from '../contract/routes';

/** What was learnt of an account's lists; held longer than its client, so that it is learnt once. */
export interface ListSupport {
  /** Flows on a page with all fields, and without: as many as the server was ready to send. */
  readonly limits: { wide: number; plain: number };
  /** False once the list is known to work only without fields. */
  wide: boolean;
  /** What was answered last of flows whose list works only without fields: one answer that fails takes nothing away. */
  readonly details: Map<string, Flow>;
  /** Flows that answer only without their health. */
  readonly slim: Set<string>;
  /** Types of objects that are no business account or no flow, by id; undefined where the server does not tell. */
  readonly types: Map<string, string | undefined>;
}

export function createListSupport(): ListSupport {
  return {
    limits: { wide: maxPageSize, plain: maxPageSize },
    wide: true,
    details: new Map(),
    slim: new Set(),
    types: new Map(),
  };
}
