/** A flow as the Flows API describes it. Absent fields are unknown; unknown words are kept as they are. */

export const flowStatuses = ['DRAFT', 'PUBLISHED', 'DEPRECATED', 'BLOCKED', 'THROTTLED'] as const;

export interface HealthEntity {
  readonly entityType: string;
  readonly id?: string;
  /** Meta's word on whether a flow can be sent: AVAILABLE, LIMITED or BLOCKED; others are kept and shown as they are. */
  readonly canSendMessage?: string;
  /** Human-readable errors and hints, each with the solution that Meta proposes, where it names one. */
  readonly notes: readonly string[];
}

export interface FlowHealthStatus {
  readonly canSendMessage?: string;
  readonly entities: readonly HealthEntity[];
}

export interface Flow {
  readonly id: string;
  readonly name: string;
  /** One of `flowStatuses`, or any other word that the server sent. */
  readonly status?: string;
  /** `null`: known to have none. Absent: not known. */
  readonly endpointUri?: string | null;
  /** Meta checks availability from 3.0 on. */
  readonly dataApiVersion?: string;
  readonly health?: FlowHealthStatus;
  readonly businessAccount?: { readonly id: string; readonly name?: string };
}

/** The fields Flowmeter asks of each flow; Meta's default list lacks the last three. */
export const flowFields = ['id', 'name', 'status', 'endpoint_uri', 'data_api_version', 'health_status'] as const;

/** Digits only: an id goes into paths, so nothing else is let through. */
export function isGraphId(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9]{1,20}$/.test(text);
}

/**
 * An id as it came: as text, or as a number, whose digits count where it is small enough to have kept them all. Undefined
 * for anything else.
 */
export function graphIdOf(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return isGraphId(text) ? text : undefined;
}
