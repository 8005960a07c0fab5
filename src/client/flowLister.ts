/** The flows of an account: the pages of its list, and single flows where only those are known or the list tells little. */
import type { FlowListing } from '../contract/client';
import { MetricsError } from '../contract/errors';
import { flowFields, isGraphId, type Flow } from '../contract/flow';
import { flowListPath, flowPath, maxPageSize } from '../contract/routes';
import { parseFlow, parseFlowPage } from '../contract/wire';
import { asMetricsError, type Courier, type Run } from './courier';
import type { FanOut } from './fanOut';
import { cancelled } from './policy';

/** A flow with a long health status, in bytes. */
const flowBytes = 4096;

export class FlowLister {
  constructor(
    private readonly courier: Courier,
    private readonly fanOut: FanOut,
    private readonly options: { readonly version: string; readonly maxPages: number },
  ) {}

  /** The flows that the business account owns, and those with the ids; rejects with a `MetricsError` as a whole. */
  async list(owner: string | undefined, flowIds: readonly string[], run: Run): Promise<FlowListing> {
    const listed = owner ? await this.listOf(owner, run) : [];
    const known = new Set(listed.map(({ id }) => id));
    const { flows, failures } = await this.readFlows(
      flowIds.filter((id) => !known.has(id)),
      owner ? flowFields : [...flowFields, 'whatsapp_business_account'],
      run,
    );
    // Trouble of the whole account is no matter of single ids.
    const first = failures[0]?.error;
    const ofAccount = failures.map(({ error }) => error).find(({ kind }) => kind === 'auth' || kind === 'cancelled');
    if (ofAccount) throw ofAccount;
    if (first && first.kind !== 'notFound' && first.kind !== 'invalidRequest' && listed.length + flows.length === 0) {
      throw first;
    }
    return { flows: [...listed, ...flows], failures };
  }

  private async listOf(owner: string, run: Run): Promise<readonly Flow[]> {
    try {
      return await this.pagesOf(owner, flowFields, run);
    } catch (error) {
      if (asMetricsError(error).kind !== 'invalidRequest') throw error;
    }
    const plain = await this.pagesOf(owner, undefined, run);
    // Drafts and deprecated flows are not judged, so their details are not worth a call each.
    const wanted = plain.filter(({ status }) => status !== 'DRAFT' && status !== 'DEPRECATED').map(({ id }) => id);
    const { flows } = await this.readFlows(wanted, flowFields, run);
    if (run.signal.aborted) throw cancelled();
    const details = new Map(flows.map((flow) => [flow.id, flow]));
    return plain.map((flow) => ({ ...flow, ...details.get(flow.id) }));
  }

  private async pagesOf(owner: string, fields: readonly string[] | undefined, run: Run): Promise<readonly Flow[]> {
    const { version, maxPages } = this.options;
    const flows = new Map<string, Flow>();
    const cursors = new Set<string>();
    let after: string | undefined;
    do {
      if (cursors.size >= maxPages) {
        throw new MetricsError('invalidResponse', `The list of flows has more than ${maxPages} pages.`);
      }
      const request = { limit: maxPageSize, ...(fields ? { fields } : {}), ...(after === undefined ? {} : { after }) };
      const page = parseFlowPage(await this.courier.get(flowListPath(version, owner, request), run));
      for (const flow of page.flows) if (!flows.has(flow.id)) flows.set(flow.id, flow);
      after = page.after;
      if (after !== undefined && cursors.has(after)) {
        throw new MetricsError('invalidResponse', 'The list of flows does not end: it names the same page again.');
      }
      if (after !== undefined) cursors.add(after);
    } while (after !== undefined);
    return [...flows.values()];
  }

  private async readFlows(ids: readonly string[], fields: readonly string[], run: Run): Promise<FlowListing> {
    const flows = new Map<string, Flow>();
    const failed = new Map<string, MetricsError>();
    const wanted = ids.filter((id) => isGraphId(id) || void failed.set(id, noFlowId()));
    const reads = wanted.map((id) => ({ path: flowPath(this.options.version, id, fields), id, bytes: flowBytes }));
    await this.fanOut.readAll(reads, run, (i, result) => {
      try {
        if (!result.ok) throw result.error;
        flows.set(wanted[i]!, parseFlow(result.value));
      } catch (error) {
        failed.set(wanted[i]!, asMetricsError(error));
      }
    });
    return {
      flows: ids.flatMap((id) => flows.get(id) ?? []),
      failures: ids.flatMap((id) => (failed.has(id) ? [{ id, error: failed.get(id)! }] : [])),
    };
  }
}

function noFlowId(): MetricsError {
  return new MetricsError('invalidRequest', 'A flow id has digits only.', { parameter: 'flow' });
}
