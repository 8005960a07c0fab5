/** How much one request may make a server do: the flows of a list and the parts of a batch share it. */
import type { FieldRequest } from '../contract/fieldList';
import { alertsField } from '../contract/alert';
import { tooMuchData } from './graphFailure';

/** In units of which one takes a busy server about a tenth of a millisecond. */
const maxWork = 12_000;
/** A flow of a list, with the texts of its alerts. */
const flowWork = 1;
const metricWork = 100;
/** Histograms are added up class by class. */
const latencyWork = 1000;
const alertsWork = 10;

export class WorkBudget {
  private left = maxWork;

  /** Throws where that is too much, before any of it is done. */
  take(work: number): void {
    this.left -= work;
    if (this.left < 0) throw tooMuchData();
  }
}

/** The work of reading these fields of one flow. */
export function workOf(requests: readonly FieldRequest[]): number {
  return requests.reduce((sum, request) => sum + fieldWork(request), flowWork);
}

function fieldWork(request: FieldRequest): number {
  if (request.kind === 'metric') return metricWork;
  if (request.kind === 'latency') return latencyWork;
  return request.name === alertsField ? alertsWork : 0;
}
