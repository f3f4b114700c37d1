// Shows steps as they go: a list on a terminal, lines elsewhere. Always on stderr, so that stdout is for results.

import type { Step } from "../operations/steps";

/** Steps that come one after the other; lanes go beside each other. */
export interface Lane {
  readonly title: string;
  readonly steps: readonly Step[];
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Runs the steps that are not done, in order. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  await runLanes([{ title: "", steps }]);
}

/**
 * Runs lanes beside each other. What fails ends its own lane alone: work that takes minutes is not lost with it.
 *
 * @throws what failed first, when every lane has come to its end.
 */
export async function runLanes(lanes: readonly Lane[]): Promise<void> {
  const todo = lanes
    .map(({ title, steps }) => ({ title, steps: steps.filter(({ done }) => !done) }))
    .filter(({ steps }) => steps.length > 0);
  if (todo.length === 0) return;
  if (process.stderr.isTTY) await onTerminal(todo);
  else await asLines(todo);
}

async function onTerminal(lanes: readonly Lane[]): Promise<void> {
  const { Listr } = await import("listr2");
  type Tasks = Extract<ConstructorParameters<typeof Listr>[0], unknown[]>;
  const failures: unknown[] = [];
  const tasksOf = (steps: readonly Step[]): Tasks =>
    steps.map((step) => ({
      title: step.title,
      task: async (_, task) => {
        const since = Date.now();
        const report = (line: string): void => {
          task.output = line;
        };
        await step.run(report).catch((error: unknown) => {
          failures.push(error);
          throw error;
        });
        task.title = `${step.title} (${seconds(since)})`;
      },
    }));
  const [only, ...more] = lanes;
  const beside = (): Tasks =>
    lanes.map(({ title, steps }) => ({
      title,
      task: (_, task) => task.newListr(tasksOf(steps), { exitOnError: true }),
    }));
  const list = new Listr(only && more.length === 0 ? tasksOf(only.steps) : beside(), {
    concurrent: more.length > 0,
    exitOnError: more.length === 0,
    rendererOptions: { showErrorMessage: false, collapseSubtasks: false },
    registerSignalListeners: false,
  });
  await list.run();
  if (failures.length > 0) throw failures[0];
}

async function asLines(lanes: readonly Lane[]): Promise<void> {
  const total = lanes.reduce((sum, { steps }) => sum + steps.length, 0);
  let begun = 0;
  const ends = await Promise.allSettled(
    lanes.map(async ({ steps }) => {
      for (const step of steps) {
        const since = Date.now();
        begun += 1;
        const place = `[${begun}/${total}]`;
        process.stderr.write(`${place} ${step.title} …\n`);
        await step.run(() => undefined);
        process.stderr.write(`${place} ${step.title}: ${seconds(since)}\n`);
      }
    }),
  );
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
