/** The figures of one hour of a demo flow. Each hour is drawn on its own, so the past stays as it was when time goes on. */
import { dayMs, hourMs } from '../../contract/calendar';
import { latencyKeys } from '../../contract/metric';
import { figureAt } from '../bucketRow';
import type { Moment, Traffic } from './demoFlow';
import { evenShare, randomOf, roundEvenly } from './random';

/** One check every five minutes. */
const checksPerHour = 12;
/** The demo business keeps US Pacific standard time all year; only the calendar's days know daylight saving. */
const businessOffsetHours = -8;

const streams = { volume: 1, day: 2, drift: 3, requests: 4, errors: 5, errorTypes: 6, latency: 7, checks: 8, rate: 9 };

/** The seed of one flow's random numbers. */
export function flowSeed(seed: number, flowId: string): number {
  return Math.floor(randomOf(seed, Number(flowId.slice(0, 8)), Number(flowId.slice(8))) * 0x1_0000_0000);
}

/**
 * Adds the figures of an hour (counted from 1970) to `row`. `elapsed` is the part of the hour that has passed: of a
 * running hour each figure is that part, rounded down, so that it only grows and still adds up.
 */
export function addHour(row: Float64Array, traffic: Traffic, seed: number, hour: number, elapsed: number): void {
  const moment = momentOf(seed, hour);
  const { errorRate, errorMix, p90Seconds, steepness, failedChecks } = traffic.conduct(moment);
  const full = requestsOf(traffic, seed, hour, moment);
  const exactErrors = full * errorRate * (0.85 + 0.3 * randomOf(seed, streams.rate, hour));
  const errors = Math.min(full, roundEvenly(exactErrors, offsetOf(seed, streams.errors), hour));
  const successes = full - errors;
  const part = (figure: number): number => Math.floor(figure * elapsed);

  let requests = 0;
  const add = (index: number, figure: number): void => {
    row[index]! += figure;
    requests += figure;
  };
  let share = 0;
  let below = 0;
  const errorShift = evenShare(offsetOf(seed, streams.errorTypes), hour);
  errorMix.forEach((weight, i) => {
    share += weight;
    const upTo = i === errorMix.length - 1 ? errors : Math.floor(errors * share + errorShift);
    add(figureAt.errors + i, part(upTo - below));
    below = upTo;
  });
  below = 0;
  const latencyShift = evenShare(offsetOf(seed, streams.latency), hour);
  for (let i = 0; i < latencyKeys.length; i++) {
    const faster = shareWithin(i + 1, p90Seconds, steepness);
    const upTo = i === latencyKeys.length - 1 ? successes : Math.floor(successes * faster + latencyShift);
    add(figureAt.latency + i, part(upTo - below));
    below = upTo;
  }
  row[figureAt.requests]! += requests;
  if (failedChecks === undefined) return;
  const failed = Math.min(
    checksPerHour,
    roundEvenly(checksPerHour * failedChecks, offsetOf(seed, streams.checks), hour),
  );
  row[figureAt.failed]! += part(failed);
  row[figureAt.succeeded]! += part(checksPerHour - failed);
}

function momentOf(seed: number, hour: number): Moment {
  const local = hour + businessOffsetHours;
  const wholeDay = Math.floor(local / 24);
  return {
    day: (local * hourMs) / dayMs,
    hourOfDay: local - wholeDay * 24,
    dayNoise: (stream) => randomOf(seed, streams.day + 100 * (stream + 1), wholeDay),
  };
}

function requestsOf(traffic: Traffic, seed: number, hour: number, { day, hourOfDay, dayNoise }: Moment): number {
  // 1 January 1970 was a Thursday, day 4 of a week that begins on Sunday.
  const weekday = (Math.floor(day) + 4) % 7;
  const drift = 1 + 0.06 * Math.sin((2 * Math.PI * day) / 47 + 7 * offsetOf(seed, streams.drift));
  const noise = (0.96 + 0.08 * dayNoise(0)) * (0.85 + 0.3 * randomOf(seed, streams.volume, hour));
  const mean = (traffic.requestsPerDay / 24) * traffic.hours[hourOfDay]! * traffic.weekdays[weekday]! * drift;
  return roundEvenly(mean * noise, offsetOf(seed, streams.requests), hour);
}

/** Share of requests that take at most so many seconds: a log-logistic curve, which has a believable long tail. */
function shareWithin(seconds: number, p90Seconds: number, steepness: number): number {
  return 1 / (1 + (p90Seconds / seconds) ** steepness / 9);
}

function offsetOf(seed: number, stream: number): number {
  return randomOf(seed, stream, 0);
}
