// Times two things in turns, so that what else the machine does falls on both.

export interface Paired {
  readonly ratio: number;
  /** Medians in seconds. */
  readonly ours: number;
  readonly theirs: number;
  readonly runs: number;
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const since = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - since) / 1e9;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** The ratio is the median of the ratios of neighbours. One run of each goes before, for what it leaves warm. */
export async function paired(
  ours: () => Promise<unknown>,
  theirs: () => Promise<unknown>,
  runs: number,
): Promise<Paired> {
  await theirs();
  await ours();
  const pairs: [number, number][] = [];
  for (let run = 0; run < runs; run++) pairs.push([await seconds(ours), await seconds(theirs)]);
  return {
    ratio: median(pairs.map(([a, b]) => a / b)),
    ours: median(pairs.map(([a]) => a)),
    theirs: median(pairs.map(([, b]) => b)),
    runs,
  };
}
