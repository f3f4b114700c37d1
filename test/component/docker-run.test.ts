// One-shot containers as command lines, taken apart again by real shells.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { dockerRunArgs, type OneShot, shellLine, shellQuote } from "../../components/docker-run";
import { ownFolder } from "../support/folder";
import { inFront, outcome } from "../support/shell";

const SIMPLE: OneShot & { name: string } = {
  owner: { host: "local", stack: "dev", id: "0123abcd" },
  role: "job",
  name: "job-x",
  image: "tools",
  network: "none",
  mounts: [],
  command: ["true"],
};

const COMMON = [
  "run",
  "--rm",
  "--log-driver=none",
  "--name=job-x",
  "--label=ephemery.stack=dev",
  "--label=ephemery.id=0123abcd",
  "--label=ephemery.role=job",
  "--network=none",
  "--read-only",
  "--tmpfs=/tmp",
  "--security-opt=no-new-privileges",
  "--cap-drop=ALL",
];
const AS_ROOT = ["--cap-add=CHOWN", "--cap-add=DAC_OVERRIDE", "--cap-add=FOWNER"];

const insert = (list: readonly string[], after: string, ...words: string[]): string[] =>
  list.flatMap((word) => (word === after ? [word, ...words] : [word]));

test.each([
  ["as root, with what files need and no more", {}, [...COMMON, ...AS_ROOT, "tools", "true"]],
  ["as a user, with no capability at all", { user: "10003:10003" }, [...COMMON, "--user=10003:10003", "tools", "true"]],
  [
    "with stdin open",
    { interactive: true },
    [...insert(COMMON, "--log-driver=none", "--interactive"), ...AS_ROOT, "tools", "true"],
  ],
  [
    "of a generation",
    { generation: "166-6690cd28" },
    [
      ...insert(COMMON, "--label=ephemery.role=job", "--label=ephemery.generation=166-6690cd28"),
      ...AS_ROOT,
      "tools",
      "true",
    ],
  ],
  [
    "on volumes",
    {
      mounts: [
        { volume: "a", path: "/a", readOnly: true },
        { volume: "b", path: "/b", readOnly: false },
      ],
    },
    [...COMMON, ...AS_ROOT, "--volume=a:/a:ro", "--volume=b:/b", "tools", "true"],
  ],
  [
    "with another entrypoint, whose further words come before the command",
    { entrypoint: ["sh", "-c"] },
    [...COMMON, ...AS_ROOT, "--entrypoint=sh", "tools", "-c", "true"],
  ],
] satisfies [string, Partial<OneShot>, string[]][])("a one-shot container runs %s", (_, change, args) => {
  expect(dockerRunArgs({ ...SIMPLE, ...change })).toEqual(args);
});

test("a probe needs no name", () => {
  const { name: _, ...probe } = SIMPLE;
  const args = dockerRunArgs({ ...probe, role: "probe" });
  expect(args).toContain("--label=ephemery.role=probe");
  expect(args.filter((word) => word.startsWith("--name"))).toEqual([]);
});

/** Whatever an argument can hold: everything but NUL, and what shells take as their own more often than not. */
const word = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "")),
  fc.string({ unit: fc.constantFrom(...`'"\\$\`!*?~#&|;<>(){}[] \t\n=-a`) }),
);

test.each(["sh", "bash"])("%s reads back every word that was quoted for it", (shell) => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      // In front, so that no word is taken for an option of printf.
      const line = `printf '%s\\0' ${["x", ...words].map(shellQuote).join(" ")}`;
      const read = execFileSync(shell, ["-c", line]).toString().split("\0").slice(1, -1);
      expect(read).toEqual(words.map((each) => Buffer.from(each).toString()));
    }),
    { numRuns: 50 },
  );
});

describe("the line of a named one-shot, with a stand-in for docker", () => {
  const folder = ownFolder("docker-run");
  const calls = join(folder, "calls");

  beforeAll(() => {
    // Each call as words that end in NUL, and a newline after the last.
    writeFileSync(
      join(folder, "docker"),
      `#!/bin/sh\nprintf '%s\\0' "$@" >> ${calls}\necho >> ${calls}\n[ "$1" = rm ] && { echo noise; echo noise >&2; exit 1; }\necho $$\nexit 7\n`,
    );
    chmodSync(join(folder, "docker"), 0o755);
  });
  beforeEach(() => rmSync(calls, { force: true }));

  const run = { ...SIMPLE, command: ["sh", "-c", `echo "it's $HOME" > /tmp/x; printf '%s' *`] };

  test("clears away an interrupted run, whether there was one or not, then runs with every argument whole", async () => {
    await outcome("sh", ["-c", shellLine(run)], { PATH: inFront(folder) });
    const [first, second, ...more] = readFileSync(calls, "utf8").split("\0\n");
    expect(first?.split("\0")).toEqual(["rm", "--force", "job-x"]);
    expect(second?.split("\0")).toEqual(dockerRunArgs(run));
    expect(more).toEqual([""]);
  });

  test("is the run itself: its output, its failure, and the process that signals go to", async () => {
    const { code, stdout, stderr } = await outcome("sh", ["-c", `echo $$; ${shellLine(run)}`], {
      PATH: inFront(folder),
    });
    expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
    const [shell, docker, ...more] = stdout.split("\n");
    expect(docker).toBe(shell);
    expect(more).toEqual([""]);
  });

  test.each([
    ["drops what it printed where it succeeds", 0, ""],
    ["tells all of it where it fails, with the same exit code", 7, "said\nand complained\n"],
  ])("that is quiet %s", async (_, code, stderr) => {
    const quiet = join(folder, `quiet-${code}`);
    mkdirSync(quiet);
    const script = `#!/bin/sh\n[ "$1" = rm ] && exit 1\necho said\necho and complained >&2\nexit ${code}\n`;
    writeFileSync(join(quiet, "docker"), script, { mode: 0o755 });
    const answer = await outcome("sh", ["-c", shellLine(run, true)], { PATH: inFront(quiet) });
    expect(answer).toMatchObject({ code, stdout: "", stderr });
  });
});
