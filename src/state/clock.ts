import { computerClock, type Clock as Readings } from '../contract/clock';

/** Time as state sees it, handed in so that tests move it by hand. */
export interface Clock extends Readings {
  /** Calls back once after that many milliseconds; the function that is returned calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  ...computerClock,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
