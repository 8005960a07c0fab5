import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Settings of a quiet editor: nothing pops up, nothing is looked up, nothing is sent. */
const QUIET_SETTINGS = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': 'off',
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'json.schemaDownload.enable': false,
  'npm.fetchOnlinePackageInfo': false,
  'remote.autoForwardPorts': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

export type Settings = Readonly<Record<string, unknown>>;

/** Writes an editor's user settings: those in the file stay, unless they are given here. */
export async function seedSettings(file: string, settings: Settings): Promise<void> {
  const present = await readSettings(file);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ ...QUIET_SETTINGS, ...present, ...settings }, undefined, 2)}\n`);
}

/** Empty where there are none yet. */
export async function readSettings(file: string): Promise<Settings> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text) as Settings;
  } catch {
    throw new Error(`${file} is not plain JSON (the editor allows comments in it, this script does not).`);
  }
}
