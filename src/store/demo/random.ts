/** Random numbers that need no state, so that any hour can be drawn without drawing the ones before it. */

/** A number from 0 (inclusive) to 1 (exclusive) that depends on nothing but its arguments, which are whole numbers. */
export function randomOf(seed: number, stream: number, index: number): number {
  // Rounds of the 32-bit finalizer of MurmurHash3.
  return mix(mix(mix(seed) ^ Math.imul(stream + 1, 0x9e3779b1)) ^ index) / 0x1_0000_0000;
}

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

const goldenRatio = 0.618_033_988_749_894_9;

/**
 * Rounds `value` down or up so that consecutive indices add up to their exact sum, give or take about one.
 * True randomness would now and then put three errors into a quiet hour and turn a healthy demo flow red.
 */
export function roundEvenly(value: number, offset: number, index: number): number {
  return Math.floor(value + evenShare(offset, index));
}

/** From 0 to 1, spread evenly over consecutive indices. */
export function evenShare(offset: number, index: number): number {
  return (index * goldenRatio + offset) % 1;
}
