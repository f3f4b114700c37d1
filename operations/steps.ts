// Long work as steps that can be shown, skipped and timed.

export interface Step {
  /** What it does, as an infinitive: "build pulumi 3.259.0". */
  readonly title: string;
  /** Nothing to do. */
  readonly done: boolean;
  run(report: (line: string) => void): Promise<void>;
}
