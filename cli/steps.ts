// Shows steps as they go: a list on a terminal, lines elsewhere. Always on stderr, so that stdout is for results.

import type { Step } from "../operations/steps";

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Runs the steps that are not done, in order. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  const todo = steps.filter(({ done }) => !done);
  if (todo.length === 0) return;
  if (process.stderr.isTTY) await onTerminal(todo);
  else await asLines(todo);
}

async function onTerminal(steps: readonly Step[]): Promise<void> {
  const { Listr } = await import("listr2");
  const list = new Listr(
    steps.map((step) => ({
      title: step.title,
      task: async (_, task) => {
        const since = Date.now();
        await step.run((line) => {
          task.output = line;
        });
        task.title = `${step.title} (${seconds(since)})`;
      },
    })),
    { rendererOptions: { showErrorMessage: false }, registerSignalListeners: false },
  );
  await list.run();
}

async function asLines(steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const since = Date.now();
    const place = `[${index + 1}/${steps.length}]`;
    process.stderr.write(`${place} ${step.title} …\n`);
    await step.run(() => undefined);
    process.stderr.write(`${place} ${step.title}: ${seconds(since)}\n`);
  }
}
