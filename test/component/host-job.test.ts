// Jobs as the command provider is told of them: what makes one run again, and what does not.

import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { shellLine } from "../../components/docker-run";
import { hostJob, runnerJob } from "../../components/host-job";
import { type Registered, resolved, underMocks } from "../support/mocks";
import { outcome } from "../support/shell";

const RUN = {
  owner: { host: "local", stack: "dev", id: "0123abcd" },
  role: "job",
  name: "job-x",
  image: "tools",
  network: "none",
  mounts: [],
  command: ["echo", "two words"],
} as const;

/** The one job a program makes. */
async function registered(make: () => pulumi.CustomResource): Promise<Registered> {
  const { resources } = await underMocks(
    async () => make(),
    () => ({ stdout: "done" }),
  );
  const jobs = resources.filter(({ type }) => type === "command:local:Command");
  const [job, ...more] = jobs;
  if (!job || more.length > 0) throw new Error(`${jobs.length} jobs`);
  return job;
}

const KEEP = 'printf %s "$PULUMI_COMMAND_STDOUT"';

test("a job on the host is a shell line for the host's engine; its output stays when its wording changes", async () => {
  expect(await registered(() => hostJob("x", { uri: "ssh://root@far", run: RUN }, {}))).toMatchObject({
    inputs: {
      create: shellLine(RUN),
      update: KEEP,
      environment: { DOCKER_HOST: "ssh://root@far" },
      logging: "none",
    },
    deleteBeforeReplace: true,
  });
});

test("a job on the host runs again when what it works on changes", async () => {
  const { inputs } = await registered(() =>
    hostJob("x", { uri: "u", run: RUN, triggers: [pulumi.output("digest")] }, {}),
  );
  expect(inputs.triggers).toEqual(["digest"]);
  expect((await registered(() => hostJob("x", { uri: "u", run: RUN }, {}))).inputs).not.toHaveProperty("triggers");
});

test.each([
  ["once for its resource", undefined, { update: KEEP }],
  ["again when its input changes", true, { addPreviousOutputInEnv: false }],
])("a job on this machine runs %s", async (_, again, expected) => {
  const args = { kind: "decide", input: { b: 1, a: 2 }, ...(again === undefined ? {} : { again }) } as const;
  const { inputs, deleteBeforeReplace } = await registered(() => runnerJob("x", args, {}));
  expect(inputs).toEqual({
    create: "node bin/ephemery job decide",
    environment: { EPHEMERY_JOB: '{"a":2,"b":1}' },
    logging: "none",
    ...expected,
  });
  expect(deleteBeforeReplace).toBe(true);
});

test("a job that only reports is done anew before what it said is forgotten", async () => {
  const args = { kind: "decide", input: {}, deleteFirst: false } as const;
  expect((await registered(() => runnerJob("x", args, {}))).deleteBeforeReplace).toBe(false);
});

test("promise 1: a job's input is one text, in whatever order its keys were told", async () => {
  const value = fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string())));
  const reversed = (object: object): object =>
    Object.fromEntries(
      Object.entries(object)
        .reverse()
        .map(([key, each]) => [key, typeof each === "object" ? reversed(each) : each]),
    );
  await fc.assert(
    fc.asyncProperty(value, async (input) => {
      const text = async (given: object): Promise<unknown> =>
        (await registered(() => runnerJob("x", { kind: "decide", input: given }, {}))).inputs.environment;
      expect(await text(reversed(input))).toEqual(await text(input));
    }),
    { numRuns: 5 },
  );
});

test("promise 1: the output that stays is the one there was, to the last character", async () => {
  for (const stdout of ["", "0123abcd", '{"a":"it\'s 100% $HOME \\\\n"}', "two\nlines\n"]) {
    expect(await outcome("sh", ["-c", KEEP], { PULUMI_COMMAND_STDOUT: stdout })).toMatchObject({ code: 0, stdout });
  }
});

test("a job's result is its output", async () => {
  const { outputs } = await underMocks(
    async () => resolved(hostJob("x", { uri: "u", run: RUN }, {}).stdout),
    () => ({ stdout: "done" }),
  );
  expect(outputs).toBe("done");
});
