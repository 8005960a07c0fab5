/** The flows of an account: the pages of its list, and single flows where only those are known or the list tells little. */
import type { FlowListing } from '../contract/client';
import { MetricsError } from '../contract/errors';
import { flowFields, isGraphId, type Flow } from '../contract/flow';
import { flowListPath, flowPath, maxPageSize, objectTypePath } from '../contract/routes';
import type { RequestSender, Run } from './requestSender';
import type { BatchReader } from './batchReader';
import type { ListSupport } from './listSupport';
import { parseFlow, type FlowPage, parseFlowPage, parseObjectType } from '../contract/flowWire';
import { defined } from '../util/defined';
import { cancelledError, asMetricsError } from './clientErrors';

/** A flow with a long health status, in bytes. */
const flowBytes = 4096;

/** Of so many ids of one listing it is found out what they really stand for. */
const mostTypesAsked = 5;

type Expected = 'business account' | 'flow';

interface Listed {
  readonly flows: readonly Flow[];
  /** True where there are more than an account may have here. */
  readonly isCut: boolean;
}

export class FlowLister {
  constructor(
    private readonly sender: RequestSender,
    private readonly batchReader: BatchReader,
    private readonly support: ListSupport,
    private readonly options: { readonly version: string; readonly maxPages: number; readonly maxFlows: number },
  ) {}

  /** The flows that the business account owns, and those with the ids; rejects with a `MetricsError` as a whole. */
  async list(owner: string | undefined, flowIds: readonly string[], run: Run): Promise<FlowListing> {
    const { maxFlows } = this.options;
    const { flows: listed, isCut } = owner ? await this.listOf(owner, run) : { flows: [], isCut: false };
    const known = new Set(listed.map(({ id }) => id));
    const others = flowIds.filter((id) => !known.has(id));
    const room = maxFlows - listed.length;
    const { flows, failures } = await this.readFlows(
      others.slice(0, room),
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
    const limitedTo = isCut || others.length > room ? { limitedTo: maxFlows } : {};
    return { flows: [...listed, ...flows], failures, ...limitedTo };
  }

  /** The error with the type of the object, where the id may be that of another kind of object. */
  async explain(error: unknown, id: string, expected: Expected, run: Run): Promise<MetricsError> {
    const known = asMetricsError(error);
    if (known.kind !== 'invalidRequest' && known.kind !== 'notFound') return known;
    const { types } = this.support;
    if (!types.has(id)) await this.askType(id, run);
    const type = types.get(id) ?? known.details.objectType;
    if (type === undefined || isOfType(type, expected)) return known;
    const text = `The id is that of an object of the type ${type}, not of a ${expected}.`;
    return new MetricsError('notFound', text, { ...known.details, objectType: type });
  }

  /** Graph tells the type of any object that the token may see; other servers need not know the question. */
  private async askType(id: string, run: Run): Promise<void> {
    const { types } = this.support;
    try {
      types.set(id, parseObjectType(await this.sender.get(objectTypePath(this.options.version, id), run)));
    } catch (error) {
      const { kind } = asMetricsError(error);
      if (kind === 'invalidRequest' || kind === 'notFound') types.set(id, undefined);
    }
  }

  private async listOf(owner: string, run: Run): Promise<Listed> {
    try {
      return await this.pages(owner, run);
    } catch (error) {
      throw await this.explain(error, owner, 'business account', run);
    }
  }

  /** With all fields where the server gives them, else without, and then flow by flow. */
  private async pages(owner: string, run: Run): Promise<Listed> {
    const { support } = this;
    if (support.wide) {
      try {
        return await this.pagesOf(owner, 'wide', run);
      } catch (error) {
        if (!refusesFields(error)) throw error;
      }
    }
    const { flows: plain, isCut } = await this.pagesOf(owner, 'plain', run);
    support.wide = false;
    // Drafts and deprecated flows are not judged, so their details are not worth a call each.
    const wanted = plain.filter(({ status }) => status !== 'DRAFT' && status !== 'DEPRECATED').map(({ id }) => id);
    const { flows } = await this.readFlows(wanted, flowFields, run);
    if (run.signal.aborted) throw cancelledError();
    const before = new Map(support.details);
    support.details.clear();
    const answered = new Map(flows.map((flow) => [flow.id, flow]));
    const whole = plain.map((flow) => {
      const fresh = answered.get(flow.id);
      // The list is newer than the last answer about the flow.
      const one = fresh ? { ...flow, ...fresh } : { ...before.get(flow.id), ...flow };
      support.details.set(flow.id, one);
      return one;
    });
    return { flows: whole, isCut };
  }

  /** The list up to its end, or up to as many flows as an account may have. */
  private async pagesOf(owner: string, kind: 'wide' | 'plain', run: Run): Promise<Listed> {
    const { maxPages, maxFlows } = this.options;
    const flows = new Map<string, Flow>();
    const cursors = new Set<string>();
    let after: string | undefined;
    let room = maxPages * maxPageSize;
    for (;;) {
      const { page, limit } = await this.pageOf(owner, kind, after, run);
      room -= limit;
      const fresh = page.flows.filter(({ id }) => !flows.has(id));
      for (const flow of fresh) if (flows.size < maxFlows) flows.set(flow.id, flow);
      const isCut = page.isCut === true || fresh.some(({ id }) => !flows.has(id));
      after = page.after;
      if (isCut || after === undefined) return { flows: [...flows.values()], isCut };
      if (cursors.has(after)) {
        throw new MetricsError('invalidResponse', 'The list of flows does not end: it names the same page again.');
      }
      if (room <= 0) {
        throw new MetricsError('invalidResponse', `The list of flows has more than ${maxPages} pages.`);
      }
      cursors.add(after);
    }
  }

  /** A page that is too much for the server is asked again with half as many flows, down to one. */
  private async pageOf(
    owner: string,
    kind: 'wide' | 'plain',
    after: string | undefined,
    run: Run,
  ): Promise<{ readonly page: FlowPage; readonly limit: number }> {
    const { limits } = this.support;
    const more = { ...(kind === 'wide' ? { fields: flowFields } : {}), ...defined({ after }) };
    for (;;) {
      const limit = limits[kind];
      try {
        const path = flowListPath(this.options.version, owner, { limit, ...more });
        return { page: parseFlowPage(await this.sender.get(path, run), this.options.maxFlows), limit };
      } catch (error) {
        if (!asMetricsError(error).details.tooMuch || limit === 1) throw error;
        limits[kind] = Math.min(limits[kind], Math.floor(limit / 2));
      }
    }
  }

  private async readFlows(ids: readonly string[], fields: readonly string[], run: Run): Promise<FlowListing> {
    const flows = new Map<string, Flow>();
    const failed = new Map<string, MetricsError>();
    const wanted = ids.filter((id) => isGraphId(id) || void failed.set(id, noFlowId()));
    const { slim } = this.support;
    const slimFields = fields.filter((field) => field !== 'health_status');
    const read = (some: readonly string[]): Promise<void> => {
      const reads = some.map((id) => {
        const path = flowPath(this.options.version, id, slim.has(id) ? slimFields : fields);
        return { path, id, bytes: flowBytes };
      });
      return this.batchReader.readAll(reads, run, (i, result) => {
        const id = some[i]!;
        try {
          if (!result.ok) throw result.error;
          flows.set(id, parseFlow(result.value));
          failed.delete(id);
        } catch (error) {
          failed.set(id, asMetricsError(error));
        }
      });
    };
    await read(wanted);
    const again = wanted.filter((id) => !slim.has(id) && refusesFields(failed.get(id)) && !run.signal.aborted);
    for (const id of again) slim.add(id);
    await read(again);
    // A flow that answers in neither way is not refused for its health.
    for (const id of again) if (failed.has(id)) slim.delete(id);
    const misnamed = wanted.filter((id) => failed.get(id)?.kind === 'invalidRequest').slice(0, mostTypesAsked);
    for (const id of misnamed) failed.set(id, await this.explain(failed.get(id), id, 'flow', run));
    return {
      flows: ids.flatMap((id) => flows.get(id) ?? []),
      failures: ids.flatMap((id) => (failed.has(id) ? [{ id, error: failed.get(id)! }] : [])),
    };
  }
}

/** True where fewer fields may be answered. */
function refusesFields(error: unknown): boolean {
  if (error === undefined) return false;
  const { kind, details } = asMetricsError(error);
  return details.tooMuch === true || kind === 'invalidRequest';
}

/** Graph spells types in more than one way: `WhatsAppBusinessAccount`, `whats_app_business_account`. */
function isOfType(type: string, expected: Expected): boolean {
  const plain = type.toLowerCase().replace(/[^a-z]/g, '');
  return expected === 'flow'
    ? plain.endsWith('flow')
    : plain === 'whatsappbusinessaccount' || plain === 'whatsappaccount' || plain === 'waba';
}

function noFlowId(): MetricsError {
  return new MetricsError('invalidRequest', 'A flow id has digits only.', { parameter: 'flow' });
}
