/** What a window needs of the meter, in one bundle that is loaded on first use. */
import type { KeyObject } from 'node:crypto';
import path from 'node:path';
import { pingEndpoint, type PingOptions } from '../recorder/ping/pingEndpoint';
import type { PingReport } from '../recorder/ping/pingReport';
import { pingText } from '../recorder/ping/pingText';
import { readPublicKey, type PublicKeyReading } from '../recorder/ping/publicKey';
import { MeterSupervisor, type MeterSupervisorOptions } from './meterSupervisor';
import { writePrivateFile } from '../process/privateFiles';
import { meterFiles } from './folder';
import { readMeterSettings, writeMeterSettings, type MeterSettings } from './settings';

export interface WindowSide {
  createKeeper(options: MeterSupervisorOptions): MeterSupervisor;
  readMeterSettings(folder: string): Promise<MeterSettings>;
  writeMeterSettings(folder: string, settings: MeterSettings): Promise<void>;
  /** Keeps the PEM of a flow's public key in the meter's folder; resolves to the file. */
  writeKey(folder: string, flowId: string, pem: string): Promise<string>;
  readPublicKey(pem: string, passphrase?: string): PublicKeyReading;
  pemOf(key: KeyObject): string;
  pingEndpoint(options: PingOptions): Promise<PingReport>;
  pingText(report: PingReport): string;
}

export const windowSide: WindowSide = {
  createKeeper: (options) => new MeterSupervisor(options),
  readMeterSettings,
  writeMeterSettings,
  writeKey: async (folder, flowId, pem) => {
    const file = path.join(meterFiles(folder).keys, `${flowId}.pem`);
    await writePrivateFile(file, pem);
    return file;
  },
  readPublicKey,
  pemOf: (key) => key.export({ type: 'spki', format: 'pem' }).toString(),
  pingEndpoint,
  pingText,
};
