// What eslint asks of each kind of script. It is installed elsewhere (see tests/sdk/node.py), so its
// parts are looked up from the program that runs.
import { createRequire } from 'node:module';

const { configs } = createRequire(process.argv[1])('@eslint/js');

export default [
  configs.recommended,
  { languageOptions: { ecmaVersion: 5, sourceType: 'script' } },
  {
    files: ['sdk/trk_sdk/src/npm/*.js'],
    languageOptions: { ecmaVersion: 2017, sourceType: 'module' },
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // The compiler finds these, and it knows which files become one script.
      'no-undef': 'off',
      'no-unused-vars': ['error', { vars: 'local', caughtErrors: 'none' }],
    },
  },
];
