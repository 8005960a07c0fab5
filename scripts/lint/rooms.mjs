// ESLint rules that look at all of src and webview at once: no import cycle (types included), no exported name that stands
// twice, and none that no other file uses.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../..');

/** @param {string[]} folders */
const filesIn = (...folders) =>
  folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .filter((file) => String(file).endsWith('.ts'))
      .map((file) => path.join(root, folder, String(file))),
  );

const files = filesIn('src', 'webview');
/** Files that may use what src and webview export, with their texts. */
const texts = new Map(filesIn('src', 'webview', 'test', 'scripts').map((file) => [file, readFileSync(file, 'utf8')]));

/** @type {Map<string, string[]>} */
const imports = new Map();
/** @type {Map<string, Set<string>>} */
const exporters = new Map();
for (const file of files) {
  const text = texts.get(file) ?? '';
  const targets = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
  const own = targets.filter((name) => name.startsWith('.'));
  imports.set(
    file,
    own.map((name) => path.resolve(path.dirname(file), `${name}.ts`)),
  );
  for (const [, name = ''] of text.matchAll(
    /^export (?:async |abstract |declare )*(?:function\*?|class|interface|type|const|let|enum) (\w+)/gm,
  )) {
    exporters.set(name, (exporters.get(name) ?? new Set()).add(file));
  }
}

/**
 * The way from a file back to itself; undefined where there is none.
 * @param {string} start
 */
function cycleOf(start) {
  /** @type {Map<string, string | undefined>} */
  const cameFrom = new Map();
  const open = [start];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    for (const target of imports.get(file) ?? []) {
      if (target === start) {
        const way = [start];
        for (let step = /** @type {string | undefined} */ (file); step !== undefined; step = cameFrom.get(step))
          way.unshift(step);
        return way[0] === start ? way : [start, ...way];
      }
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, file === start ? undefined : file);
      open.push(target);
    }
  }
  return undefined;
}

/** @param {string} file */
const shown = (file) => path.relative(root, file).replaceAll(path.sep, '/');

/** @type {import('eslint').Rule.RuleModule} */
const noImportCycle = {
  create: (context) => ({
    Program(node) {
      const way = cycleOf(context.filename);
      if (way) context.report({ node, message: `Imports lead in a circle: ${way.map(shown).join(' → ')}.` });
    },
  }),
};

/** True where the name stands in any file of the project but those. @param {string} name @param {Set<string>} places */
function isUsedElsewhere(name, places) {
  const word = new RegExp(`\\b${name}\\b`);
  return [...texts].some(([file, text]) => !places.has(file) && word.test(text));
}

/** @type {import('eslint').Rule.RuleModule} */
const usedExports = {
  create: (context) => ({
    Program(node) {
      for (const [name, places] of exporters) {
        if (!places.has(context.filename) || isUsedElsewhere(name, places)) continue;
        context.report({ node, message: `“${name}” is exported, and no other file uses it.` });
      }
    },
  }),
};

/** @type {import('eslint').Rule.RuleModule} */
const uniqueExports = {
  create: (context) => ({
    Program(node) {
      for (const [name, places] of exporters) {
        if (places.size < 2 || !places.has(context.filename)) continue;
        const others = [...places].filter((file) => file !== context.filename).map(shown);
        context.report({ node, message: `“${name}” is exported by ${others.join(', ')} too: one name for one thing.` });
      }
    },
  }),
};

export const roomRules = {
  rules: { 'no-import-cycle': noImportCycle, 'unique-exports': uniqueExports, 'used-exports': usedExports },
};
