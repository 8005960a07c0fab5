/** What the meter measures: `meter.json`, which windows write and the meter reads. */
import { isZone, metaZone } from '../contract/calendar';
import { isGraphId } from '../contract/flow';
import { isPort, meterFiles, readJson, writeWhole } from './folder';
import { endpointUrlProblem } from '../recorder/recorderFlow';
import { defined } from '../util/defined';

export interface MeterFlow {
  readonly id: string;
  readonly name?: string;
  /** Where the flow's requests go on to. */
  readonly upstream: string;
  /** PEM of the endpoint's public key, for availability checks. */
  readonly publicKeyFile?: string;
}

export interface MeterSettings {
  /** The recorder's, on 127.0.0.1. */
  readonly port: number;
  /** Where days are cut. */
  readonly zone: string;
  readonly flows: readonly MeterFlow[];
}

export const defaultRecorderPort = 8700;
const maxNameLength = 200;
const maxFlows = 10_000;

export const defaultMeterSettings: MeterSettings = { port: defaultRecorderPort, zone: metaZone, flows: [] };

/** A file that cannot be used; the message names what is wrong in it and what is allowed. */
export class MeterSettingsError extends Error {}

/** The settings of a folder, the default ones where there are none yet; throws `MeterSettingsError`. */
export async function readMeterSettings(folder: string): Promise<MeterSettings> {
  const file = meterFiles(folder).settings;
  const json = await readJson(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new MeterSettingsError(
      error instanceof SyntaxError ? `${file} is not JSON.` : `${file} cannot be read (${error.code}).`,
    );
  });
  if (json === undefined) return defaultMeterSettings;
  const settings = parseMeterSettings(json);
  if (typeof settings === 'string') throw new MeterSettingsError(`${file}: ${settings}`);
  return settings;
}

export async function writeMeterSettings(folder: string, settings: MeterSettings): Promise<void> {
  await writeWhole(meterFiles(folder).settings, `${JSON.stringify(settings, null, 2)}\n`);
}

/** The settings, or what is wrong with them. */
export function parseMeterSettings(json: unknown): MeterSettings | string {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'it must be an object.';
  const {
    port = defaultRecorderPort,
    zone = metaZone,
    flows = [],
  } = json as { port?: unknown; zone?: unknown; flows?: unknown };
  if (!isPort(port)) return '"port" must be a whole number from 1 to 65535.';
  if (typeof zone !== 'string' || !isZone(zone)) return `"zone" must be a time zone such as "${metaZone}".`;
  if (!Array.isArray(flows) || flows.length > maxFlows) return `"flows" must be a list of at most ${maxFlows} flows.`;
  const parsed = new Map<string, MeterFlow>();
  for (const [index, entry] of flows.entries()) {
    const flow = parseFlow(entry);
    if (typeof flow === 'string') return `flow ${index + 1}: ${flow}`;
    if (parsed.has(flow.id)) return `flow ${index + 1}: the id ${flow.id} is there twice.`;
    parsed.set(flow.id, flow);
  }
  return { port, zone, flows: [...parsed.values()] };
}

function parseFlow(entry: unknown): MeterFlow | string {
  const { id, name, upstream, publicKeyFile } = (entry ?? {}) as Record<string, unknown>;
  if (!isGraphId(id)) return '"id" must be a text of 1 to 20 digits, in quotes.';
  if (name !== undefined && !(typeof name === 'string' && name !== '' && name.length <= maxNameLength)) {
    return `"name" must be a text of 1 to ${maxNameLength} characters.`;
  }
  if (typeof upstream !== 'string') return '"upstream" must be a URL such as "http://127.0.0.1:3000/flow".';
  const problem = endpointUrlProblem(upstream);
  if (problem !== undefined) return problem;
  if (publicKeyFile !== undefined && !(typeof publicKeyFile === 'string' && publicKeyFile !== '')) {
    return '"publicKeyFile" must be the path of a PEM file.';
  }
  return {
    id,
    upstream,
    ...defined({ name, publicKeyFile }),
  };
}
