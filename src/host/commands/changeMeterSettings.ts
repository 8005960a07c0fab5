import { readMeterSettings, writeMeterSettings, type MeterSettings } from '../../meter/settings';
import type { MeterHost } from '../meter/meterHost';

/** Writes the settings, and lets a running meter take them over; resolves to what is wrong with them. */
export async function changeMeterSettings(
  meter: MeterHost,
  change: (settings: MeterSettings) => MeterSettings,
): Promise<string | undefined> {
  await writeMeterSettings(meter.folder, change(await readMeterSettings(meter.folder)));
  return meter.reload();
}
