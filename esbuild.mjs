// Builds every bundle: node esbuild.mjs [--production] [--watch] [--tests] [--bench]
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, context } from 'esbuild';
import { thirdPartyNotices } from './scripts/thirdParty.mjs';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** Loaded on first use only, by `import('…')`, each a bundle of its own with the name of its file. */
const lazyFiles = [
  'src/client/httpClient.ts',
  'src/host/app/levelNotices.ts',
  'src/host/app/parts.ts',
  'src/host/commands/commandTable.ts',
  'src/host/dashboard/dashboardPanel.ts',
  'src/host/marks/keptMarks.ts',
  'src/host/meter/formerSecrets.ts',
  'src/host/overview/overviewPanel.ts',
  'src/host/storage/answerCacheFiles.ts',
  'src/host/storage/history.ts',
  'src/host/views/viewTexts.ts',
  'src/meter/meterSupervisor.ts',
  'src/server/embedded.ts',
].map((file) => path.resolve(file));

const lazyPlugin = {
  name: 'lazy-files',
  setup(builder) {
    builder.onResolve({ filter: /^\./ }, ({ path: target, kind, resolveDir }) => {
      const file = path.resolve(resolveDir, `${target}.ts`);
      return kind === 'dynamic-import' && lazyFiles.includes(file)
        ? { path: `./${path.parse(file).name}.js`, external: true }
        : undefined;
    });
  },
};

/**
 * The toolkit looks for the global object by making a function out of text, as a last resort for browsers long gone. The
 * page's policy forbids it, and the package shall not hold it.
 */
const noCodeFromTextPlugin = {
  name: 'no-code-from-text',
  setup(builder) {
    builder.onLoad({ filter: /fast-element[\\/]dist[\\/]esm[\\/]platform\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      const contents = text.replace('new Function("return this")()', 'globalThis');
      if (contents === text) throw new Error(`${file} no longer makes a function out of text: remove this plugin.`);
      return { contents, loader: 'js' };
    });
  },
};

/**
 * An editor puts an agent of its own in the place of the one that a request names, and with it goes what that said about
 * certificates. So the request itself must say that they are checked, for which node-fetch has no option.
 */
const strictCertificatesPlugin = {
  name: 'strict-certificates',
  setup(builder) {
    const namespace = 'strict-certificates';
    builder.onResolve({ filter: /^node:https$/ }, ({ importer }) =>
      /node_modules[\\/]node-fetch[\\/]/.test(importer) ? { path: 'https', namespace } : undefined,
    );
    builder.onLoad({ filter: /^https$/, namespace }, () => ({
      contents: `
        import https from 'node:https';
        const request = (url, options, ...rest) => https.request(url, { ...options, rejectUnauthorized: true }, ...rest);
        export default { ...https, request };`,
      loader: 'js',
    }));
  },
};

/** What node-fetch carries along for a Node without streams of the web, which every editor and every Node from 18 on has. */
const noPolyfillPlugin = {
  name: 'no-polyfill',
  setup(builder) {
    const namespace = 'no-polyfill';
    builder.onResolve({ filter: /^web-streams-polyfill[\\/]/ }, ({ path: name }) => ({ path: name, namespace }));
    builder.onLoad({ filter: /./, namespace }, () => ({ contents: '' }));
  },
};

// VS Code's problem matcher for esbuild reads these lines while watching.
const watchPlugin = {
  name: 'watch-messages',
  setup(builder) {
    builder.onStart(() => console.log('[watch] build started'));
    builder.onEnd(({ errors }) => {
      for (const { text, location } of errors) {
        console.error(`✘ [ERROR] ${text}`);
        if (location) console.error(`    ${location.file}:${location.line}:${location.column}:`);
      }
      console.log('[watch] build finished');
    });
  },
};

/** The wrapper for handlers is called from other people's programs: its types lie beside it. */
const typesPlugin = {
  name: 'types',
  setup(builder) {
    builder.onEnd(async () => {
      const { default: ts } = await import('typescript');
      const file = 'src/middleware/recordFlow.ts';
      const { outputText } = ts.transpileDeclaration(await readFile(file, 'utf8'), {
        fileName: file,
        compilerOptions: { declaration: true, strict: true, target: ts.ScriptTarget.ES2023 },
      });
      await Promise.all(['dist/recordFlow.d.ts', 'dist/recordFlow.d.mts'].map((types) => writeFile(types, outputText)));
    });
  },
};

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  charset: 'utf8',
  logLevel: watch ? 'silent' : 'warning',
  metafile: true,
  plugins: [lazyPlugin, strictCertificatesPlugin, noPolyfillPlugin, ...(watch ? [watchPlugin] : [])],
};
const node = { ...common, platform: 'node', format: 'cjs', external: ['vscode'] };

/** The thread of a meter's store. It lies beside the bundle that starts it. */
function meterWorker(outdir) {
  return { ...node, target: 'node22', entryPoints: { meterWorker: 'src/store/sqlite/worker.ts' }, outdir };
}

/** Tests lie in many folders and share one worker. */
const testWorkerPlugin = {
  name: 'test-worker',
  setup(builder) {
    builder.onLoad({ filter: /sqlite[\\/]workerFile\.ts$/ }, () => ({
      contents: `export const workerFile = ${JSON.stringify(path.resolve('out/test/meterWorker.js'))};`,
    }));
  },
};

const bundles = [
  { ...node, target: 'node22', entryPoints: ['src/extension.ts', ...lazyFiles], entryNames: '[name]', outdir: 'dist' },
  meterWorker('dist'),
  // For an editor whose Node is too old the meter must run far enough to say so.
  { ...node, target: 'node20', entryPoints: { meter: 'src/meter/process.ts' }, outdir: 'dist' },
  {
    ...node,
    target: 'node20',
    entryPoints: { flowmeter: 'src/cli/main.ts' },
    outdir: 'dist',
    banner: { js: '#!/usr/bin/env node' },
  },
  {
    ...node,
    target: 'node20',
    entryPoints: { recordFlow: 'src/middleware/recordFlow.ts' },
    outdir: 'dist',
    plugins: [...common.plugins, typesPlugin],
  },
  // A bundler that makes an ES module of its own cannot take `require` along.
  {
    ...node,
    format: 'esm',
    target: 'node20',
    entryPoints: { recordFlow: 'src/middleware/recordFlow.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
  },
  {
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'chrome132',
    entryPoints: { dashboard: 'webview/main.ts', style: 'webview/style/main.css' },
    outdir: 'dist/webview',
    plugins: [...common.plugins, noCodeFromTextPlugin],
  },
];

/** Tests run from bundles too, so that one tool reads TypeScript; what they drive is imported, not copied. */
async function testBundle(wantedFiles) {
  const files = (await readdir('test', { recursive: true })).map((file) => path.join('test', file));
  return {
    ...node,
    minify: false,
    sourcemap: 'inline',
    target: 'node22',
    plugins: [testWorkerPlugin],
    entryPoints: files.filter((file) => wantedFiles.test(file)),
    outbase: 'test',
    outdir: 'out/test',
    packages: 'external',
    loader: { '.html': 'text' },
    logOverride: { 'empty-import-meta': 'silent' },
  };
}

const wanted = process.argv.includes('--tests')
  ? [await testBundle(/\.test\.ts$|editor[\\/]index\.ts$|latencyServer\.ts$/), meterWorker('out/test')]
  : process.argv.includes('--bench')
    ? [await testBundle(/^test[\\/]bench[\\/][^\\/]+\.ts$/), meterWorker('out/test')]
    : bundles;
if (watch) for (const options of wanted) await (await context(options)).watch();
else {
  const results = await Promise.all(wanted.map((options) => build(options)));
  if (wanted === bundles) {
    const metafiles = results.map(({ metafile }) => metafile);
    await writeFile('THIRD-PARTY-NOTICES.txt', await thirdPartyNotices(metafiles));
    // For the tests of what is shipped.
    await mkdir('out', { recursive: true });
    await writeFile('out/metafiles.json', JSON.stringify(metafiles));
  }
}
