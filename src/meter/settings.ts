/** The meter's settings: `meter.json`, which windows write and the meter reads. */
import { isZone, metaZone } from '../contract/calendar';
import { isGraphId } from '../contract/flow';
import { writePrivateFile } from '../process/privateFiles';
import { isPort, meterFiles, readJson } from './folder';
import { endpointUrlProblem } from '../recorder/recorderFlow';
import { defined } from '../util/defined';
import { objectOf } from '../util/json';
import type { Parsed } from '../util/parsed';

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
  /** Where days are cut; the computer's zone where none is named. */
  readonly zone?: string;
  readonly flows: readonly MeterFlow[];
}

const defaultRecorderPort = 8700;
const maxNameLength = 200;
const maxFlows = 10_000;

export const defaultMeterSettings: MeterSettings = { port: defaultRecorderPort, flows: [] };

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
  if (!settings.ok) throw new MeterSettingsError(`${file}: ${settings.problem}`);
  return settings.value;
}

export async function writeMeterSettings(folder: string, settings: MeterSettings): Promise<void> {
  await writePrivateFile(meterFiles(folder).settings, `${JSON.stringify(settings, null, 2)}\n`);
}

export function parseMeterSettings(json: unknown): Parsed<MeterSettings> {
  const object = objectOf(json);
  if (!object) return refused('it must be an object.');
  const { port = defaultRecorderPort, zone, flows = [] } = object;
  if (!isPort(port)) return refused('"port" must be a whole number from 1 to 65535.');
  if (zone !== undefined && !(typeof zone === 'string' && isZone(zone)))
    return refused(`"zone" must be a time zone such as "${metaZone}".`);
  if (!Array.isArray(flows) || flows.length > maxFlows) {
    return refused(`"flows" must be a list of at most ${maxFlows} flows.`);
  }
  const parsed = new Map<string, MeterFlow>();
  for (const [index, entry] of flows.entries()) {
    const flow = parseFlow(entry);
    if (!flow.ok) return refused(`flow ${index + 1}: ${flow.problem}`);
    const { id } = flow.value;
    if (parsed.has(id)) return refused(`flow ${index + 1}: the id ${id} is there twice.`);
    parsed.set(id, flow.value);
  }
  return { ok: true, value: { port, flows: [...parsed.values()], ...defined({ zone }) } };
}

function parseFlow(entry: unknown): Parsed<MeterFlow> {
  const { id, name, upstream, publicKeyFile } = objectOf(entry) ?? {};
  if (!isGraphId(id)) return refused('"id" must be a text of 1 to 20 digits, in quotes.');
  if (name !== undefined && !(typeof name === 'string' && name !== '' && name.length <= maxNameLength)) {
    return refused(`"name" must be a text of 1 to ${maxNameLength} characters.`);
  }
  if (typeof upstream !== 'string') return refused('"upstream" must be a URL such as "http://127.0.0.1:3000/flow".');
  const problem = endpointUrlProblem(upstream);
  if (problem !== undefined) return refused(problem);
  if (publicKeyFile !== undefined && !(typeof publicKeyFile === 'string' && publicKeyFile !== '')) {
    return refused('"publicKeyFile" must be the path of a PEM file.');
  }
  return { ok: true, value: { id, upstream, ...defined({ name, publicKeyFile }) } };
}

function refused(problem: string): Parsed<never> {
  return { ok: false, problem };
}
