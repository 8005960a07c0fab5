// ESLint rules that look at all of src and webview at once: no import cycle (types included), no exported name twice.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../..');

const files = ['src', 'webview'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .filter((file) => String(file).endsWith('.ts'))
    .map((file) => path.join(root, folder, String(file))),
);

/** @type {Map<string, string[]>} */
const imports = new Map();
/** @type {Map<string, Set<string>>} */
const exporters = new Map();
for (const file of files) {
  const text = readFileSync(file, 'utf8');
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

export const roomRules = { rules: { 'no-import-cycle': noImportCycle, 'unique-exports': uniqueExports } };
