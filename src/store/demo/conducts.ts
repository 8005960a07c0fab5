/**
 * How the endpoints of the demo flows do. Their incidents come back in cycles and are laid out so that each flow has the
 * same health at every moment, whenever the demo is looked at, without its past ever changing.
 */
import { dayMs } from '../../contract/calendar';
import { along, type Conduct, type ErrorMix, type Moment } from './demoFlow';

const usualErrors: ErrorMix = [0.5, 0.3, 0.12, 0.08];
const timeouts: ErrorMix = [0.74, 0.15, 0.07, 0.04];
export const serverErrors: ErrorMix = [0.16, 0.66, 0.1, 0.08];

/** Days into a cycle of so many days. */
function dayOfCycle(day: number, length: number, begin: number): number {
  return (((day - begin) % length) + length) % length;
}

const storyBegin = Date.UTC(2026, 10, 6) / dayMs;

/** An endpoint without trouble. */
export function calm(
  p90Seconds: number,
  errorRate: number,
  failedChecks: number | undefined,
): (moment: Moment) => Conduct {
  return ({ dayNoise }) => ({
    errorRate: errorRate * (0.8 + 0.4 * dayNoise(1)),
    errorMix: usualErrors,
    p90Seconds: p90Seconds * (0.96 + 0.08 * dayNoise(2)),
    steepness: 3,
    failedChecks,
  });
}

/**
 * Four weeks: the endpoint is slow; more and more of its answers come too late; a quicker release helps those who wait,
 * not the errors; then, day by day, it slows down again until a longer time limit brings the errors down.
 * At every moment the error rate is above 10 % or p90 above 5 s.
 */
export function slowRelease({ day, dayNoise }: Moment): Conduct {
  const at = dayOfCycle(day, 28, storyBegin);
  return {
    errorRate: along(at, [
      [1, 0.014],
      [5, 0.03],
      [11, 0.12],
      [20, 0.135],
      [26.5, 0.16],
      [27.5, 0.014],
    ]),
    errorMix: timeouts,
    p90Seconds:
      (0.98 + 0.04 * dayNoise(1)) *
      along(at, [
        [15, 5.75],
        [17, 2.2],
        [20, 2.2],
        [25.5, 5.75],
      ]),
    steepness: 4.4,
    // For two days nobody looks, as in the week after a change of the endpoint's address.
    failedChecks:
      at >= 7 && at < 9
        ? undefined
        : along(at, [
            [4, 0.008],
            [11, 0.02],
            [26, 0.03],
          ]) *
          (0.5 + dayNoise(2)),
  };
}

/** An endpoint that flaps all the time; every other week it is down for five hours, and seven hours of checks are lost. */
export function outages({ day, dayNoise }: Moment): Conduct {
  const at = dayOfCycle(day, 14, storyBegin);
  const hours = (at - 11.25) * 24;
  const down = hours >= 0 && hours < 5;
  const lost = hours >= 5 && hours < 12;
  return {
    errorRate: down ? 0.93 : 0.08 + 0.05 * dayNoise(1),
    errorMix: down ? timeouts : serverErrors,
    p90Seconds: down ? 6.5 : 2.6 + 0.8 * dayNoise(2),
    steepness: 2.6,
    failedChecks: lost ? undefined : down ? 1 : 0.145 + 0.055 * dayNoise(3),
  };
}

/** An endpoint so broken that Meta has blocked its flow; in every third week it is not checked for two days. */
export function broken({ day, dayNoise }: Moment): Conduct {
  const at = dayOfCycle(day, 21, storyBegin);
  return {
    errorRate: 0.38 + 0.12 * Math.sin((2 * Math.PI * at) / 21) + 0.06 * dayNoise(1),
    errorMix: serverErrors,
    p90Seconds: 8 + dayNoise(2),
    steepness: 2.4,
    failedChecks: at >= 12 && at < 14 ? undefined : 0.3 + 0.15 * dayNoise(3),
  };
}

/** Slower from week to week until a release makes it quicker again; always above 1 s, never above 3 s. */
export function sluggish({ day, dayNoise }: Moment): Conduct {
  const at = dayOfCycle(day, 35, storyBegin);
  return {
    ...calm(1, 0.014, 0.006)({ day, dayNoise, hourOfDay: 0 }),
    p90Seconds:
      (0.97 + 0.06 * dayNoise(2)) *
      along(at, [
        [0, 1.5],
        [33, 2.7],
        [35, 1.5],
      ]),
    steepness: 2.8,
  };
}

/**
 * In rounds of 34 hours errors rise towards the first level until something helps, and half a round later the latency does,
 * so that nearly half of the time it is in sight what comes next. It never comes: the level stays.
 */
export function creeping({ day, dayNoise }: Moment): Conduct {
  const hours = dayOfCycle(day, 34 / 24, storyBegin) * 24;
  const rise = (at: number, from: number, to: number): number =>
    along(at, [
      [0, to],
      [3, from],
      [9, from],
      [34, to],
    ]);
  return {
    ...calm(1, 0.004, 0.003)({ day, dayNoise, hourOfDay: 0 }),
    errorRate: rise(hours, 0.002, 0.045),
    p90Seconds: (0.98 + 0.04 * dayNoise(2)) * rise((hours + 17) % 34, 0.4, 0.955),
  };
}
