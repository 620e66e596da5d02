// The geometry of a small line of readings.
export interface Reading {
  readonly at: string;
  readonly value: number;
}

/** Points of a polyline in a box, time to the right and value upwards, in the order of time. */
export function sparkline(readings: readonly Reading[], width: number, height: number): { x: number; y: number }[] {
  const sorted = readings
    .map((reading) => ({ at: Date.parse(reading.at), value: reading.value }))
    .filter((reading) => Number.isFinite(reading.at) && Number.isFinite(reading.value))
    .sort((a, b) => a.at - b.at);
  const times = sorted.map((reading) => reading.at);
  const values = sorted.map((reading) => reading.value);
  const within = (value: number, all: readonly number[], length: number): number => {
    const [least, most] = [Math.min(...all), Math.max(...all)];
    // One reading, or all alike: the middle.
    return most === least ? length / 2 : ((value - least) / (most - least)) * length;
  };
  return sorted.map((reading) => ({
    x: within(reading.at, times, width),
    y: height - within(reading.value, values, height),
  }));
}
