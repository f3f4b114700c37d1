import { setTimeout as sleep } from "node:timers/promises";
import { runLanes, runSteps } from "../../../cli/steps";
import type { Step } from "../../../operations/steps";

let told: string[];
let written: string[];
beforeEach(() => {
  told = [];
  written = [];
  jest.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const step = (title: string, { done = false, fails = false, ms = 0 } = {}): Step => ({
  title,
  done,
  run: async () => {
    told.push(`${title} begins`);
    await sleep(ms);
    told.push(`${title} ends`);
    if (fails) throw new Error(`${title} failed`);
  },
});

test("steps go one after the other, and those that are done not at all", async () => {
  await runSteps([step("a", { ms: 20 }), step("b", { done: true }), step("c")]);
  expect(told).toEqual(["a begins", "a ends", "c begins", "c ends"]);
  expect(written.filter((line) => line.includes("…"))).toEqual(["[1/2] a …\n", "[2/2] c …\n"]);
});

test("lanes go beside each other, and count as one list", async () => {
  await runLanes([
    { title: "A", steps: [step("a1", { ms: 60 }), step("a2")] },
    { title: "B", steps: [step("b1", { ms: 20 })] },
  ]);
  expect(told).toEqual(["a1 begins", "b1 begins", "b1 ends", "a1 ends", "a2 begins", "a2 ends"]);
  expect(written.filter((line) => line.includes("…"))).toEqual(["[1/3] a1 …\n", "[2/3] b1 …\n", "[3/3] a2 …\n"]);
});

test("a step that fails ends its lane; the other lane is not cut short, and then the failure is thrown", async () => {
  const lanes = runLanes([
    { title: "A", steps: [step("a1", { fails: true }), step("a2")] },
    { title: "B", steps: [step("b1", { ms: 40 }), step("b2")] },
  ]);
  await expect(lanes).rejects.toThrow("a1 failed");
  expect(told).toEqual(["a1 begins", "b1 begins", "a1 ends", "b1 ends", "b2 begins", "b2 ends"]);
});

test("nothing to do: nothing is said", async () => {
  await runLanes([{ title: "A", steps: [step("a", { done: true })] }]);
  expect(written).toEqual([]);
});
