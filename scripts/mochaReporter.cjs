'use strict';
// Prints what mocha's own "spec" prints, and writes the counts to the file that FLOWMETER_TEST_RESULT names, so that
// whoever started the run need not read them off a terminal.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

class ResultReporter extends reporters.Spec {
  /**
   * @param {import("mocha").Runner} runner
   * @param {import("mocha").MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    /** @type {string[]} */
    const pending = [];
    runner.on('pending', (test) => pending.push(test.fullTitle()));
    runner.once('end', () => {
      const file = process.env.FLOWMETER_TEST_RESULT;
      if (file) {
        const { passes, failures } = this.stats;
        writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, pending }));
      }
    });
  }
}

module.exports = ResultReporter;
