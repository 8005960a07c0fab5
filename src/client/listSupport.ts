import type { Flow } from '../contract/flow';
import { maxPageSize } from '../contract/routes';

/**
 * The ways in which a server lists an account's flows; held longer than a client, so that they are found once. Apart from the
 * lister, since the editor keeps it before a client is loaded.
 */
export interface ListSupport {
  /** Flows on a page with all fields, and without: as many as the server was ready to send. */
  readonly limits: { wide: number; plain: number };
  /** False once the list is known to work only without fields. */
  wide: boolean;
  /** The last answers about flows whose list works only without fields: one that fails takes nothing away. */
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
