import tseslint from 'typescript-eslint';
import { roomRules } from './scripts/lint/rooms.mjs';

/** Rooms and what each may import besides itself (see CONTRIBUTING.md). */
const rooms = {
  'src/util': [],
  'src/contract': ['util'],
  'src/domain': ['contract', 'util'],
  'src/presentation': ['contract', 'domain', 'util'],
  'src/process': ['util'],
  'src/client': ['contract', 'domain', 'util'],
  'src/state': ['contract', 'domain', 'presentation', 'util'],
  'src/store': ['contract', 'domain', 'process', 'util'],
  'src/server': ['contract', 'domain', 'store', 'process', 'util'],
  'src/recorder': ['contract', 'domain', 'store', 'process', 'util'],
  'src/recording': ['store', 'server', 'recorder', 'process', 'util'],
  'src/middleware': ['contract', 'util'],
  'src/meter': ['contract', 'domain', 'store', 'recorder', 'recording', 'server', 'process', 'util'],
  'src/cli': ['contract', 'domain', 'store', 'recorder', 'recording', 'server', 'process', 'util'],
  'src/host': [
    'client',
    'contract',
    'domain',
    'meter',
    'presentation',
    'process',
    'recorder',
    'server',
    'state',
    'store',
    'util',
  ],
};
const allRooms = Object.keys(rooms).map((room) => room.slice('src/'.length));

/** Forbids every other room, and `vscode` outside of host/. */
function boundary(room, allowed) {
  const own = room.slice('src/'.length);
  const foreign = allRooms.filter((name) => name !== own && !allowed.includes(name));
  return {
    files: [`${room}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: own === 'host' ? [] : [{ name: 'vscode', message: 'Only src/host and extension.ts import vscode.' }],
          patterns: [
            ...foreign.map((name) => ({
              regex: `^\\.\\./(\\.\\./)*${name}/`,
              message: `${room} may not import src/${name}.`,
            })),
            { regex: 'webview/', message: 'Nothing imports the page.' },
            { regex: '^(\\.\\./)+extension$', message: 'Nothing imports extension.ts.' },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['dist/**', 'out/**', 'node_modules/**', '.flowmeter/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-eval': 'error',
      eqeqeq: ['error', 'always'],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that holds the thing.' },
        {
          selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]',
          message: 'Names come from outside: build nodes and set textContent.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    plugins: { flowmeter: roomRules },
    rules: {
      'flowmeter/no-import-cycle': 'error',
      'flowmeter/unique-exports': 'error',
      'flowmeter/used-exports': 'error',
      'max-lines': ['error', 350],
      'max-lines-per-function': ['error', 70],
    },
  },
  {
    // Its types lie beside the bundle, for the programs that call it.
    files: ['src/middleware/recordFlow.ts'],
    rules: { 'flowmeter/used-exports': 'off' },
  },
  ...Object.entries(rooms).map(([room, allowed]) => boundary(room, allowed)),
  {
    files: ['webview/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [{ name: 'vscode', message: 'The page runs in a browser.' }],
          patterns: [
            {
              regex: 'src/(?!contract/|domain/|presentation/|util/)',
              message: 'The page knows contract, domain, presentation and util.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['webview/**/*.ts'],
    ignores: ['webview/components.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: '@vscode/webview-ui-toolkit', message: 'Only webview/components.ts imports the toolkit.' }] },
      ],
    },
  },
  {
    files: ['src/{cli,meter,recorder,recording,server,store,process}/**/*.ts'],
    ignores: ['src/process/output.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['stdout', 'stderr'].map((property) => ({
          object: 'process',
          property,
          message: 'A reader that is gone would end the process: use process/output.ts.',
        })),
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['src/host/**/*.ts'],
    ignores: ['src/host/app/notifier.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['showErrorMessage', 'showWarningMessage', 'showInformationMessage'].map((property) => ({
          object: 'window',
          property,
          message: 'Messages go through host/app/notifier.ts.',
        })),
      ],
    },
  },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
);
