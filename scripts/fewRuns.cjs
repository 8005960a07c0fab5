'use strict';
// For mocha's --require: property tests try few cases, where the same suite runs many times over. The library's exports
// cannot be written to, so whoever asks for it next gets others in their place.
const name = require.resolve('fast-check');
const { default: fc } = require('fast-check');

/** @type {typeof fc.assert} */
const assert = (property, parameters) => fc.assert(property, { ...parameters, numRuns: 10 });
const { assert: _, ...others } = fc;
/** @type {NodeJS.Module} */ (require.cache[name]).exports = { __esModule: true, default: { ...others, assert } };
