'use strict';
// Prints what mocha's own "spec" prints, and writes the counts to the file that FLOWMETER_TEST_RESULT names.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  /**
   * @param {import('mocha').Runner} runner
   * @param {import('mocha').MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    /** @type {string[]} */
    const pending = [];
    runner.on('pending', (test) => pending.push(test.fullTitle()));
    runner.once('end', () => {
      const { passes: passed, failures: failed } = this.stats;
      const file = process.env.FLOWMETER_TEST_RESULT;
      if (file) writeFileSync(file, JSON.stringify({ passed, failed, pending }));
    });
  }
};
