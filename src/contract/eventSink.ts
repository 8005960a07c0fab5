/** Where those who measure leave their events: never waits, never throws, and tells what it had to drop. */
