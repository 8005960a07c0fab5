import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Settings of a quiet editor: nothing pops up, nothing is looked up, nothing is sent. */
export const QUIET_SETTINGS = Object.freeze({
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
});

/**
 * Writes an editor's user settings: what is there already stays, unless it is given here.
 *
 * @param {string} file
 * @param {Readonly<Record<string, unknown>>} settings
 */
export async function seedSettings(file, settings) {
  const present = await readSettings(file);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ ...QUIET_SETTINGS, ...present, ...settings }, undefined, 2)}\n`);
}

/**
 * @param {string} file
 * @returns {Promise<Record<string, unknown>>} empty where there are none yet
 */
export async function readSettings(file) {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not plain JSON (the editor allows comments in it, this script does not).`);
  }
}
